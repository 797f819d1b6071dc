"""Every model learns from the training part of the split only: the test is deleted before training."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from seqrec.config import name_of
from seqrec.errors import StorageError
from seqrec.evaluation.ranking import recommend
from seqrec.models import MODELS
from seqrec.models.base import ModelConfig
from seqrec.models.markov import Config as Markov
from seqrec.text.encoders.lsa import Config as Lsa
from seqrec.text.reducers.identity import Config as Identity
from storage.files import TEST, read_metrics, read_training
from storage.models import ITEMS, open_model, open_named_model
from storage.refs import DumpRef, IngredientRefs, ModelRef, SplitRef
from tasks.compose import compose
from tasks.embed import embed
from tasks.evaluate import evaluate
from tasks.extract import extract
from tasks.ingest import ingest
from tasks.prepare import prepare
from tasks.reduce import reduce
from tasks.resources import open_resources
from tasks.train import train
from tests.flows.tiny import tiny
from tests.seqrec.models.smallest import smallest
from tests.synthetic import sequences_of
from tests.tasks.tracked_runs import UNTRACKED


@pytest.fixture
def prepared(tmp_path: Path) -> tuple[DumpRef, SplitRef]:
    """Return a split without its test files."""
    experiment = tiny(tmp_path)
    dump = ingest.fn(experiment.dataset, tmp_path)
    split = prepare.fn(dump, experiment.protocol)
    shutil.rmtree(Path(split.uri) / TEST)
    return dump, split


def ingredients_for(config: ModelConfig, dump: DumpRef, split: SplitRef) -> IngredientRefs:
    """Return vectors of titles, texts and features, if the model needs them."""
    needs, training = config.needs, split.training
    texts = compose.fn(tiny(Path(split.uri).parent).text, dump, training)
    vectors = embed.fn("lsa", Lsa(dim=16), texts, Path())
    return IngredientRefs(
        vectors={role: reduce.fn(vectors, Identity(), training, {}) for role in needs.vectors},
        texts=texts if needs.texts else None,
        features=extract.fn(dump, training) if needs.features else None,
    )


def trained(config: ModelConfig, dump: DumpRef, split: SplitRef) -> ModelRef:
    """Train the model; its bases, if any, are Markov chains."""
    bases = {role: trained(Markov(), dump, split) for role in config.needs.models}
    given = ingredients_for(config, dump, split)
    return train.fn(config.name, config, 0, split.training, given, bases, UNTRACKED)


@pytest.mark.parametrize("config", MODELS, ids=name_of)
def test_a_model_is_trained_and_validated_without_the_test(
    config: type[ModelConfig], prepared: tuple[DumpRef, SplitRef], tmp_path: Path
) -> None:
    dump, split = prepared
    model, protocol = smallest(config), tiny(tmp_path).protocol
    fitted = trained(model, dump, split)
    valid = evaluate.fn(model.name, model, 0, fitted, split.training, protocol, UNTRACKED, part="valid")
    assert valid.rows == len(read_training(Path(split.training.uri)).valid) > 0
    assert 0 <= read_metrics(Path(valid.uri))["ndcg_at_20"] <= 1
    resources = open_resources()
    assert open_model(resources.store, fitted.key, resources.run(0)).name == model.name
    with pytest.raises(StorageError):
        evaluate.fn(model.name, model, 0, fitted, split, protocol, UNTRACKED)


def test_protocols_that_differ_in_the_test_alone_share_their_models(tmp_path: Path) -> None:
    every, some = tiny(tmp_path), tiny(tmp_path, "protocol.max_cases=20")
    dump = ingest.fn(every.dataset, tmp_path)
    first, second = (prepare.fn(dump, one.protocol) for one in (every, some))
    assert first.rows > second.rows == 20
    assert first.key != second.key
    assert first.training.key == second.training.key
    assert trained(Markov(), dump, first) == trained(Markov(), dump, second)
    another = prepare.fn(dump, tiny(tmp_path, "protocol.core.users=10").protocol)
    assert another.training.key != first.training.key


def test_a_stored_model_recommends_by_original_ids_without_its_split(
    prepared: tuple[DumpRef, SplitRef], tmp_path: Path
) -> None:
    dump, split = prepared
    training, resources = read_training(Path(split.training.uri)), open_resources()
    fitted = trained(Markov(), dump, split)
    shutil.rmtree(split.uri)
    model = open_named_model(resources.store, fitted.key, resources.run(0))
    ids, rules = training.vocabulary.item_ids, training.rules
    history = [str(ids[0]), str(ids[1])]
    (named,) = model.recommend([history], k=5)
    coded = recommend(model.recommender, sequences_of([[0, 1]]), replace(rules, k=5))
    assert named == ids[coded.items[0]].tolist()
    assert not set(named) & set(history)
    assert model.rules.candidates.tolist() == rules.candidates.tolist()
    (Path(fitted.uri) / ITEMS).unlink()
    with pytest.raises(StorageError) as caught:
        open_named_model(resources.store, fitted.key, resources.run(0))
    assert caught.value.subject.endswith(ITEMS)
