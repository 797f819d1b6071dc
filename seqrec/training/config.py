"""The training of a network: the part of a model's configuration that all networks share."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from seqrec.config import Config
from seqrec.training.bucketing import Windows


class TrainingConfig(Config):
    """The optimiser, batches and stopping rule of one network."""

    lr: PositiveFloat = 1e-3
    """The learning rate of the optimiser."""
    weight_decay: NonNegativeFloat = 0.0
    """The decoupled weight decay of matrices (AdamW). Biases and norms never decay."""
    decay_embeddings: bool = False
    """Whether the tables of items and positions decay too, at the same rate."""
    clip_norm: PositiveFloat | None = 5.0
    """The largest norm of the gradient over all parameters."""
    batch_size: PositiveInt = 256
    """The number of windows per step, on average. A window is what `windows` takes from a sequence; a step has fewer
    long windows or more short ones, so that all steps have about the same number of targets. With `prefixes`, each
    window has one target, so every step has exactly this many windows, and far fewer targets than the same number of
    whole sequences."""
    windows: Windows = "last"
    """The part of each sequence that an epoch shows. `last`: its last events, as many as the network sees, as in the
    papers. `random`: a part of a longer sequence, drawn anew each time. `prefixes`: all its prefixes, each cut to its
    last events, with only the last item to predict. Every event but the first is then predicted at the end of a
    sequence, as it will be at inference, for two to three times the work on Beauty (the augmentation of S3-Rec and
    RecBole)."""
    max_epochs: PositiveInt = 100
    """The number of epochs after which training stops at the latest."""
    patience: PositiveInt = 5
    """The number of epochs without a better validation after which training stops."""
    keep: Literal["best", "last"] = "best"
    """The weights that training ends with: those of the epoch with the best validation, or those of the last epoch.
    `last` trains for all of `max_epochs`, a number chosen elsewhere, for example on folds. If the protocol has a
    refit, it trains on training and validation data together from the start."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """The type of the matrix products; weights, the sums in softmax and the optimiser stay in float32. `auto` means
    bfloat16 if the device multiplies it in hardware, else float32."""
    valid_cutoff: Annotated[int, Field(ge=1)] = 20
    """The cut-off of the NDCG that decides early stopping."""
