"""What a model needs beside the training data, made in memory."""

from collections.abc import Mapping
from pathlib import Path

from seqrec.config.validation import choose, validated
from seqrec.errors import ConfigError
from seqrec.library.arguments import expect
from seqrec.library.model import Model
from seqrec.library.split import PreparedSplit
from seqrec.models.base import Ingredients, Needs
from seqrec.text.encoders import ENCODERS
from seqrec.text.encoders.base import EncoderConfig, assemble
from seqrec.text.features import item_features
from seqrec.text.source import VectorSource, check_dim
from seqrec.text.template import Template
from seqrec.types import Texts, Vectors

Encoder = str | Mapping[str, object] | EncoderConfig
Text = str | Mapping[str, object] | Template


def embed(encoder: Encoder, split: PreparedSplit, *, text: Text | None = None, data: Path = Path()) -> Vectors:
    """Returns one vector per item of the vocabulary, in its order.

    Nothing is kept: give the result to `fit` where several models use it, so that no text is paid for twice.

    Args:
        encoder: An encoder by its name, a mapping of its settings, or its configuration; see `seqrec list`.
        split: The items.
        text: The template of item texts, such as `{title} {brand}`, or a mapping of its settings; titles if left out.
        data: The folder that relative paths of the encoder start from.

    Raises:
        ConfigError: A setting is wrong.
        DataError: The encoder reads texts, and no item has one.
        EncoderError: The encoder could not be loaded, or returned something unusable.
        EndpointError: The endpoint can't be reached, or answers something unusable.
    """
    expect(split, PreparedSplit, "embed: split", "what `seqrec.prepare` returned")
    config = choose(ENCODERS, encoder, "encoder", {})
    return assemble(config.embed(_texts(split, text, required=config.reads_texts), data), split.split.n_items)


def gather(
    label: str,
    needs: Needs,
    split: PreparedSplit,
    encoders: Mapping[str, Encoder | Vectors],
    text: Text | None,
    bases: Mapping[str, Model],
) -> Ingredients:
    """Returns everything that a model needs.

    Args:
        label: What errors call the model.
        needs: What the model needs.
        split: The data.
        encoders: Encoders, or vectors that were made already, by label; an encoder that is not here is taken by its
            name, with default settings.
        text: The template of item texts; titles if left out.
        bases: Fitted models by label.

    Raises:
        ConfigError: An encoder or a base is missing, a base learnt from other data, or vectors are not those of the
            items or have another width than the model needs.
    """
    embedded: dict[str, Vectors] = {}
    for source in needs.vectors.values():
        if source.encoder not in embedded:
            encoder = encoders.get(source.encoder, source.encoder)
            embedded[source.encoder] = encoder if isinstance(encoder, Vectors) else embed(encoder, split, text=text)
    vectors = {role: _reduced(embedded[source.encoder], source, split) for role, source in needs.vectors.items()}
    for role, found in vectors.items():
        if len(found.values) != split.split.n_items:
            remedy = "Make them with `seqrec.embed` for this split."
            got, expected = f"{len(found.values):,} vectors", f"one for each of the {split.split.n_items:,} items"
            raise ConfigError(label, got=got, expected=expected, remedy=remedy)
        check_dim(label, found.dim, needs.dims.get(role))
    for base in needs.models.values():
        _check_base(label, base, split, bases)
    return Ingredients(
        vectors=vectors,
        texts=_texts(split, text, required=True) if needs.texts else None,
        features=item_features(split.items, split.split.training.vocabulary) if needs.features else None,
        models={role: bases[base].recommender for role, base in needs.models.items()},
    )


def _check_base(label: str, base: str, split: PreparedSplit, bases: Mapping[str, Model]) -> None:
    if base not in bases:
        known = ", ".join(bases) or "none"
        remedy = f"Fit it, and pass it as bases={{'{base}': model}}."
        raise ConfigError(label, got=f"no model '{base}' (bases: {known})", expected="a fitted one", remedy=remedy)
    expect(bases[base], Model, f"bases['{base}']", "what `seqrec.fit` returned")
    bases[base].check_split(split)


def _reduced(vectors: Vectors, source: VectorSource, split: PreparedSplit) -> Vectors:
    training = split.split.training
    features = item_features(split.items, training.vocabulary) if source.reducer.reads_features else None
    return source.reducer.reduce(vectors, training.trained, features)


def _texts(split: PreparedSplit, text: Text | None, *, required: bool) -> Texts:
    if text is None:
        text = Template()
    if isinstance(text, str):
        text = {"template": text}
    template = text if isinstance(text, Template) else validated(Template, text, "text")
    texts = template.texts(split.items, split.split.training.vocabulary)
    if required and texts.missing.all():
        raise template.no_texts()
    return texts
