"""How the models of a table are held against each other, as part of an experiment."""

from typing import Annotated

from pydantic import Field, PositiveInt

from seqrec.config import Config


class Comparison(Config):
    """Reference, metric and certainty of a comparison."""

    reference: str | None = None
    """Label of the model that each other one is tested against; the best floor if left out."""
    cutoff: PositiveInt = 20
    """The paired tests and the order of the table look at NDCG at this cut-off."""
    confidence: Annotated[float, Field(gt=0.5, lt=1.0)] = 0.95
    """Coverage of the intervals; a difference counts as significant if p is below 1 minus this."""
    n_resamples: PositiveInt = 2000
    """Resamples behind each interval and each paired test; p can't be smaller than 1 / (n_resamples + 1)."""

    @property
    def metric(self) -> str:
        """Name of the metric that is tested and orders the table."""
        return f"ndcg_at_{self.cutoff}"
