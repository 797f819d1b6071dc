"""The settings of a comparison, which are part of an experiment."""

from typing import Annotated

from pydantic import Field, PositiveInt

from seqrec.config import Config


class Comparison(Config):
    """The reference, metric and confidence of a comparison."""

    reference: str | None = None
    """The label of the model that all others are tested against; the best floor if left out."""
    cutoff: PositiveInt = 20
    """The cut-off of the NDCG that is tested and that orders the table."""
    confidence: Annotated[float, Field(gt=0.5, lt=1.0)] = 0.95
    """The confidence of the intervals; a difference is significant if the adjusted p is below 1 minus this."""
    n_resamples: PositiveInt = 2000
    """The number of resamples of each sign-flip test; its p can't be smaller than 1 / (n_resamples + 1)."""

    @property
    def metric(self) -> str:
        """The name of the metric that is tested and orders the table."""
        return f"ndcg_at_{self.cutoff}"
