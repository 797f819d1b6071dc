"""A fitted model, as a notebook holds it."""

from dataclasses import dataclass

from seqrec.errors import ConfigError
from seqrec.library.named_model import NamedModel
from seqrec.library.split import PreparedSplit
from seqrec.models.base import ModelConfig
from seqrec.types import EpochReport


@dataclass(frozen=True, slots=True, repr=False)
class Model(NamedModel):
    """A fitted model, with what the notebook should know about its training."""

    config: ModelConfig
    reports: tuple[EpochReport, ...]
    """One per epoch; none for a model without epochs."""
    learnt_from_valid: bool
    """Whether it learnt from the validation cases, so that they can't judge it."""
    training_digest: str
    """The training data that it learnt from."""

    def __repr__(self) -> str:
        epochs = f", best epoch {self.reports[-1].best_epoch}" if self.reports else ""
        return f"Model({self.config.name}: {len(self.item_ids):,} items{epochs})"

    def check_split(self, split: PreparedSplit) -> None:
        """See that a split has the training data that the model learnt from, so that its test is new to the model.

        Raises:
            ConfigError: It has others.
        """
        if split.training_digest != self.training_digest:
            raise ConfigError(
                f"model {self.config.name}",
                got="a split whose items or training sequences are not those of the model",
                expected="the split that the model was fitted on",
                remedy="Fit the model on this split.",
            )
