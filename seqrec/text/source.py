"""The source of a model's item vectors: an encoder of the experiment, then a reducer."""

from seqrec.config import Config
from seqrec.text.reducers import AnyReducer
from seqrec.text.reducers.identity import Config as Identity


class VectorSource(Config):
    """The source of item vectors that a model uses."""

    encoder: str
    """The label of an encoder in the experiment's `encoders`."""
    reducer: AnyReducer = Identity()
    """How the vectors are reduced to fewer dimensions; they are kept as they are if left out."""
