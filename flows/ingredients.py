"""Everything that models need besides the training data; ingredients that several models share are made once."""

from pathlib import Path

from seqrec.experiment import Experiment
from seqrec.text.source import VectorSource
from storage.refs import DumpRef, FeaturesRef, IngredientRefs, TextsRef, TrainingRef, VectorsRef
from tasks.compose import compose
from tasks.embed import embed
from tasks.extract import extract
from tasks.reduce import reduce


def ingredients_of(
    experiment: Experiment, dump: DumpRef, training: TrainingRef, data: Path
) -> dict[str, IngredientRefs]:
    """Make the vectors, texts and features that the models need, and return their refs by label of the model."""
    needs = {label: model.needs for label, model in experiment.models.items()}
    names_items = any(need.vectors or need.texts for need in needs.values())
    texts = compose(experiment.text, dump, training, required=_reads_texts(experiment)) if names_items else None
    features = extract(dump, training) if _reads_features(experiment) else None
    vectors = {} if texts is None else _vectors(experiment, texts, training, features, data)
    return {
        label: IngredientRefs(
            vectors={role: vectors[source] for role, source in need.vectors.items()},
            texts=texts if need.texts else None,
            features=features if need.features else None,
        )
        for label, need in needs.items()
    }


def _reads_texts(experiment: Experiment) -> bool:
    """Return whether a model or an encoder reads the texts, rather than the ids that come with them."""
    encoders = (experiment.encoders[source.encoder] for source in experiment.vector_sources.values())
    return any(model.needs.texts for model in experiment.models.values()) or any(one.reads_texts for one in encoders)


def _reads_features(experiment: Experiment) -> bool:
    """Return whether a model or a reducer reads the brands and categories."""
    reducers = (source.reducer for source in experiment.vector_sources.values())
    return any(model.needs.features for model in experiment.models.values()) or any(
        one.reads_features for one in reducers
    )


def _vectors(
    experiment: Experiment, texts: TextsRef, training: TrainingRef, features: FeaturesRef | None, data: Path
) -> dict[VectorSource, VectorsRef]:
    sources = dict.fromkeys(experiment.vector_sources.values())
    embedded = {
        name: embed(name, experiment.encoders[name], texts, data)
        for name in dict.fromkeys(source.encoder for source in sources)
    }
    return {
        source: reduce(embedded[source.encoder], source.reducer, training, _dims_wanted(experiment, source), features)
        for source in sources
    }


def _dims_wanted(experiment: Experiment, source: VectorSource) -> dict[str, int | None]:
    """Return the width that each model with these vectors needs, by label; None accepts any width."""
    return {
        label: model.needs.dims.get(role)
        for label, model in experiment.models.items()
        for role, needed in model.needs.vectors.items()
        if needed == source
    }
