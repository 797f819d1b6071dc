"""An experiment: dataset, protocol, text, models, evaluation and seeds, in one frozen object."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from seqrec.config import Config, Listed
from seqrec.datasets import AnyDataset
from seqrec.evaluation.config import FLOORS, Comparison
from seqrec.models import AnyModel
from seqrec.prepare.protocol import Protocol
from seqrec.text.encoders import AnyEncoder
from seqrec.text.template import Template

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$")]


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
        floors = {floor: {"name": floor} for floor in FLOORS if floor not in raw["models"]}
        return raw | {"models": floors | raw["models"]}

    @model_validator(mode="after")
    def _check(self) -> "Experiment":
        problems = [*self._floor_problems(), *self._vector_problems(), *self._comparison_problems()]
        if not self.seeds or len(set(self.seeds)) != len(self.seeds):
            problems.append(f"seeds is {list(self.seeds)}; it must hold at least one, and each once")
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def _floor_problems(self) -> Iterator[str]:
        for floor in FLOORS:
            if self.models[floor].name != floor:
                yield f"models.{floor} is a {self.models[floor].name}; this label belongs to the floor of that name"

    def _vector_problems(self) -> Iterator[str]:
        for label, model in self.models.items():
            source = model.vector_source
            if source is None:
                continue
            if source.encoder not in self.encoders:
                known = ", ".join(self.encoders) or "none"
                yield f"models.{label} asks for the encoder '{source.encoder}'; encoders are: {known}"
            width = source.reducer.out_dim
            if None not in (width, model.vector_dim) and width != model.vector_dim:
                yield f"models.{label}.dim is {model.vector_dim}; the vectors of its item_init are {width} wide"

    def _comparison_problems(self) -> Iterator[str]:
        reference, cutoff = self.comparison.reference, self.comparison.cutoff
        if reference is not None and reference not in self.models:
            yield f"comparison.reference is '{reference}'; models are: {', '.join(self.models)}"
        if cutoff not in self.protocol.cutoffs:
            yield f"comparison.cutoff is {cutoff}; protocol.cutoffs are: {list(self.protocol.cutoffs)}"

    def seeds_of(self, label: str) -> tuple[int, ...]:
        """The seeds that a model is trained with: all, or the first if another would change nothing."""
        return self.seeds if self.models[label].stochastic else self.seeds[:1]
