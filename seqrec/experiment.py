"""An experiment: dataset, protocol, text, models, evaluation and seeds, in one frozen object."""

from typing import Annotated, Self

from pydantic import Field, PositiveInt, StringConstraints, model_validator

from seqrec.config import Config, Listed
from seqrec.datasets import AnyDataset
from seqrec.models import AnyModel
from seqrec.models.markov import Config as Markov
from seqrec.models.most_popular import Config as MostPopular
from seqrec.models.recency import Config as Recency
from seqrec.prepare.protocol import Protocol
from seqrec.text.encoders import AnyEncoder
from seqrec.text.template import Template

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$")]

FLOORS = (MostPopular(), Recency(), Markov())
"""What every table carries, so that nobody takes a number for good that a simple count beats."""


class Comparison(Config):
    """How the models of a table are held against each other."""

    reference: Slug | None = None
    """Label of the model that each other one is tested against; the best floor if left out."""
    cutoff: PositiveInt = 20
    """The paired tests, early stopping and the order of the table look at NDCG at this cut-off."""
    confidence: Annotated[float, Field(gt=0.5, lt=1.0)] = 0.95
    n_resamples: PositiveInt = 2000
    """Bootstrap resamples of the intervals."""


class Experiment(Config):
    """What is compared, on what, and how it is judged."""

    name: Slug
    title: str
    """One line for lists and pages."""
    dataset: AnyDataset
    protocol: Protocol
    text: Template = Template()
    encoders: dict[Slug, AnyEncoder] = Field(default_factory=dict)
    models: dict[Slug, AnyModel]
    """Models by label; one model may stand under several labels with different settings."""
    comparison: Comparison = Comparison()
    seeds: Listed[int] = (0,)

    @model_validator(mode="before")
    @classmethod
    def _carry_floors(cls, raw: object) -> object:
        if not isinstance(raw, dict) or not isinstance(raw.get("models"), dict):
            return raw
        floors = {floor.name: floor.model_dump() for floor in FLOORS if floor.name not in raw["models"]}
        return raw | {"models": floors | raw["models"]}

    @model_validator(mode="after")
    def _check_references(self) -> Self:
        for label, model in self.models.items():
            source = model.vector_source
            if source is not None and source.encoder not in self.encoders:
                known = ", ".join(sorted(self.encoders)) or "none"
                raise ValueError(f"models.{label} asks for encoder '{source.encoder}'; encoders are: {known}")
        reference = self.comparison.reference
        if reference is not None and reference not in self.models:
            known = ", ".join(self.models)
            raise ValueError(f"comparison.reference is '{reference}'; models are: {known}")
        if self.comparison.cutoff not in self.protocol.cutoffs:
            raise ValueError(f"comparison.cutoff {self.comparison.cutoff} is not in protocol.cutoffs {self.protocol.cutoffs}")
        if not self.seeds or len(set(self.seeds)) != len(self.seeds):
            raise ValueError("seeds must be at least one, each once")
        return self

    def seeds_of(self, label: str) -> tuple[int, ...]:
        """The seeds that a model is trained with: all of them, or the first if another would change nothing."""
        return self.seeds if self.models[label].stochastic else self.seeds[:1]
