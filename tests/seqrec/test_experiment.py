import json

import pytest
from pydantic import ValidationError

from seqrec.experiment import Experiment
from seqrec.models import FLOORS
from seqrec.models.sasrec import Config as Sasrec

LSA = {"encoder": "lsa"}


def read(**settings: object) -> Experiment:
    raw = {
        "name": "tiny",
        "title": "Tiny",
        "dataset": {"name": "demo"},
        "protocol": {"split": {"name": "temporal"}},
        "encoders": {"lsa": {"name": "lsa", "dim": 16}},
        "models": {"sasrec": {"name": "sasrec", "dim": 16}},
    }
    return Experiment.model_validate_json(json.dumps(raw | settings))


def test_the_name_is_the_title_unless_there_is_one():
    assert read().title == "Tiny"
    assert read(title="").title == read(title=None).title == "tiny"


def test_floors_are_carried_first_and_can_be_set():
    assert list(read().models) == [*FLOORS, "sasrec"]
    given = read(models={"recency": {"name": "recency", "half_life_days": 3.0}})
    assert set(given.models) == set(FLOORS)
    assert given.models["recency"].half_life_days == 3.0


def test_the_label_of_a_floor_is_no_other_models():
    with pytest.raises(ValidationError, match=r"models\.markov is a most_popular"):
        read(models={"markov": {"name": "most_popular"}})


def test_a_model_that_draws_nothing_is_trained_once():
    experiment = read(seeds=[3, 1, 2])
    assert experiment.seeds_of("sasrec") == (3, 1, 2)
    assert experiment.seeds_of("most_popular") == (3,)


def test_the_resolved_experiment_reads_back_the_same():
    experiment = read(models={"sasrec": {"name": "sasrec", "dim": 16, "item_init": {"source": LSA}}})
    again = Experiment.model_validate_json(experiment.model_dump_json())
    assert again == experiment
    assert again.digest == experiment.digest


def test_any_setting_changes_the_digest():
    assert read().digest != read(seeds=[1]).digest
    assert read().digest != read(models={"sasrec": {"name": "sasrec", "dim": 32}}).digest


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"encoders": {}, "models": {"m": {"name": "sasrec", "item_init": {"source": LSA}}}},
            "encoders are: none",
        ),
        (
            {"comparison": {"reference": "nobody"}},
            "comparison.reference is 'nobody'; the models are: most_popular",
        ),
        ({"comparison": {"cutoff": 7}}, r"comparison.cutoff is 7; protocol.cutoffs is \[1, 5, 10, 20\]"),
        ({"seeds": []}, r"seeds is \[\]"),
        ({"seeds": [1, 1]}, r"seeds is \[1, 1\]"),
        ({"name": "With Spaces"}, "pattern"),
        ({"models": {"With Spaces": {"name": "markov"}}}, "pattern"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(settings, message):
    with pytest.raises(ValidationError, match=message):
        read(**settings)


def test_vectors_of_a_known_width_must_fit_the_network():
    def with_reducer(reducer):
        init = {"source": LSA | {"reducer": reducer}}
        return read(models={"m": {"name": "sasrec", "dim": 16, "item_init": init}})

    assert with_reducer({"name": "pca", "dim": 16}).vector_sources["m"].reducer.out_dim == 16
    with pytest.raises(ValidationError, match=r"models\.m\.dim is 16; the vectors of its item_init are 8"):
        with_reducer({"name": "pca", "dim": 8})


def test_all_that_does_not_fit_is_reported_at_once():
    with pytest.raises(ValidationError) as caught:
        read(seeds=[], comparison={"reference": "nobody", "cutoff": 7})
    assert len(str(caught.value.errors()[0]["ctx"]["error"]).splitlines()) == 3


BASES = {
    "fuse": {"name": "fuse", "models": ["switch", "markov"]},
    "switch": {"name": "switch", "popular": "sasrec", "rare": "recency"},
    "sasrec": {"name": "sasrec", "dim": 16, "compare": False},
}


def test_models_come_after_their_base_models():
    order = read(models=BASES).in_order
    assert sorted(order) == sorted([*FLOORS, *BASES])
    assert order.index("sasrec") < order.index("switch") < order.index("fuse")
    assert order.index("markov") < order.index("fuse")


def test_a_base_that_is_not_compared_is_in_no_table():
    experiment = read(models=BASES)
    assert experiment.compared == (*FLOORS, "fuse", "switch")
    assert experiment.with_bases(("fuse",)) == {"fuse", "switch", "sasrec", "recency", "markov"}


def test_a_wrapper_has_the_seeds_of_its_bases_and_a_base_without_seeds_serves_all():
    experiment = read(models=BASES, seeds=[3, 1])
    assert experiment.seeds_of("fuse") == experiment.seeds_of("switch") == (3, 1)
    assert [experiment.base_seed("sasrec", seed) for seed in (3, 1)] == [3, 1]
    assert [experiment.base_seed("markov", seed) for seed in (3, 1)] == [3, 3]
    floors_alone = read(models={"fuse": {"name": "fuse", "models": ["recency", "markov"]}}, seeds=[3, 1])
    assert floors_alone.seeds_of("fuse") == (3,)


@pytest.mark.parametrize(
    ("models", "message"),
    [
        (
            {"fuse": {"name": "fuse", "models": ["markov", "nobody"]}},
            "models.fuse is built on 'nobody'; the models are: most_popular, recency, markov, fuse",
        ),
        (
            {
                "a": {"name": "switch", "popular": "b", "rare": "markov"},
                "b": {"name": "fuse", "models": ["recency", "a"]},
            },
            "models are built on each other in a cycle: b -> a -> b",
        ),
        ({"a": {"name": "switch", "popular": "a", "rare": "markov"}}, "in a cycle: a -> a"),
        (
            {"sasrec": {"name": "sasrec", "compare": False}},
            "models.sasrec has compare = false, and no other model is built on it",
        ),
        (
            {"markov": {"name": "markov", "compare": False}},
            "models.markov.compare is false; every table must show the floors",
        ),
    ],
)
def test_bases_that_do_not_fit_are_refused(models, message):
    with pytest.raises(ValidationError) as caught:
        read(models=models)
    assert message in str(caught.value)


def test_the_reference_of_a_comparison_is_compared():
    with pytest.raises(ValidationError, match=r"comparison\.reference is 'sasrec', which has compare = false"):
        read(models=BASES, comparison={"reference": "sasrec"})


def test_what_only_judges_shown_candidates_needs_a_protocol_that_shows_some(monkeypatch):
    monkeypatch.setattr(Sasrec, "ranks_catalogue", False)
    sampled = {"split": {"name": "temporal"}, "candidates": {"name": "sampled"}}
    assert read(models=BASES, protocol=sampled).models["fuse"].ranks_catalogue
    with pytest.raises(ValidationError) as caught:
        read(models=BASES)
    # A model built on it can't rank the catalogue either.
    for label in BASES:
        assert f"models.{label} can only score the candidates shown to it" in str(caught.value)


def test_a_wrapper_of_a_base_that_draws_depends_on_the_seed_even_if_there_is_one():
    experiment = read(models=BASES, seeds=[3])
    assert [label for label in BASES if experiment.is_stochastic(label)] == ["fuse", "switch", "sasrec"]
    assert not experiment.is_stochastic("markov")
