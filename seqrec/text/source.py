"""The source of a model's item vectors: an encoder of the experiment, then a reducer."""

from seqrec.config import Config
from seqrec.errors import ConfigError
from seqrec.text.reducers import AnyReducer
from seqrec.text.reducers.identity import Config as Identity


class VectorSource(Config):
    """The source of item vectors that a model uses."""

    encoder: str
    """The label of an encoder in the experiment's `encoders`."""
    reducer: AnyReducer = Identity()
    """How the vectors are reduced to fewer dimensions; they are kept as they are if left out."""


def check_dim(label: str, dim: int, wanted: int | None) -> None:
    """Checks that vectors have the width that a model requires; if it requires None, any width is valid.

    Raises:
        ConfigError: The widths differ.
    """
    if wanted not in {None, dim}:
        raise ConfigError(
            f"{label}.dim",
            got=str(wanted),
            expected=f"{dim}, the width of its item vectors",
            remedy=f"Set it to {dim}, or reduce the vectors to {wanted}.",
        )
