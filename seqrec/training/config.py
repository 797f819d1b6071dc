"""How a network is trained, as part of what is learnt."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from seqrec.config import Config
from seqrec.training.bucketing import Windows


class TrainingConfig(Config):
    """Optimiser, batches and stopping of one network."""

    lr: PositiveFloat = 1e-3
    """Learning rate of the optimiser."""
    weight_decay: NonNegativeFloat = 0.0
    """Decoupled decay of matrices (AdamW). Biases and norms never decay."""
    decay_embeddings: bool = False
    """Whether the tables of items and positions decay too, by as much."""
    clip_norm: PositiveFloat | None = 5.0
    """Largest norm of the gradient over all parameters."""
    batch_size: PositiveInt = 256
    """Windows per step, each with the mean number of targets: fewer of long ones and more of short ones, so that all
    steps learn from about as many targets (`seqrec.training.bucketing`). A prefix has one target: as many of them in
    every step, and fewer targets than as many whole sequences have."""
    windows: Windows = "last"
    """What an epoch shows of each sequence. Its `last` events, as many as the network sees, as the papers do; or, of a
    longer one, a `random` stretch, drawn anew every time. Or all its `prefixes`, each cut to its last events, with
    nothing to predict but the last of them: a prediction of every event but the first, on Beauty at two to three times
    the work, and every one made at the end of a sequence, as it is asked for later (S3-Rec's and RecBole's
    augmentation)."""
    max_epochs: PositiveInt = 100
    """Training stops after this many epochs at the latest."""
    patience: PositiveInt = 5
    """Epochs without a better validation after which training stops."""
    keep: Literal["best", "last"] = "best"
    """The weights that training ends with: those of the best validated epoch, or those of the last. `last` trains for
    all of `max_epochs`, a number that was chosen elsewhere, such as on folds; where the protocol asks for a refit, it
    trains on training and validation together from the start."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Type of the matrix products; weights, sums of softmax and optimiser stay in float32. `auto` takes
    bfloat16 where the device multiplies it in hardware."""
    valid_cutoff: Annotated[int, Field(ge=1)] = 20
    """Early stopping looks at NDCG at this cut-off."""
