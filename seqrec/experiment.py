"""An experiment: dataset, protocol, text, models, evaluation and seeds, in one frozen object."""

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from pydantic import Field, model_validator

from seqrec.config import Config, Listed, Slug
from seqrec.datasets import AnyDataset
from seqrec.evaluation.config import Comparison
from seqrec.models import FLOORS, AnyModel
from seqrec.preparation.protocol import Protocol, Sampled
from seqrec.text.encoders import AnyEncoder
from seqrec.text.source import VectorSource
from seqrec.text.template import Template


class Experiment(Config):
    """An experiment: what is compared, on what, and how it is judged."""

    name: Slug
    """Short name of the experiment for commands, paths and pages."""
    title: str
    """One line for lists and pages."""
    dataset: AnyDataset
    """The data set that the models are compared on, and how it is read."""
    protocol: Protocol
    text: Template = Template()
    encoders: dict[Slug, AnyEncoder] = Field(default_factory=dict)
    """Text encoders by label; models ask for the vectors of an encoder by its label."""
    models: dict[Slug, AnyModel]
    """Models by label; one model may stand under several labels with different settings."""
    comparison: Comparison = Comparison()
    seeds: Listed[int] = (0,)
    """Seeds that each model is trained with; a model that draws nothing is trained with the first alone."""

    @model_validator(mode="before")
    @classmethod
    def _add_floors(cls, raw: object) -> object:
        if not isinstance(raw, dict) or not isinstance(raw.get("models"), dict):
            return raw
        floors = {floor: {"name": floor} for floor in FLOORS if floor not in raw["models"]}
        return raw | {"models": floors | raw["models"]}

    @model_validator(mode="after")
    def _check(self) -> "Experiment":
        problems = [
            *self._floor_problems(),
            *self._vector_problems(),
            *self._base_problems(),
            *self._comparison_problems(),
        ]
        # Whatever follows the bases of a model needs bases without a circle.
        problems = problems or [*self._candidate_problems()]
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
            for role, source in model.needs.vectors.items():
                if source.encoder not in self.encoders:
                    known = ", ".join(self.encoders) or "none"
                    yield f"models.{label} asks for the encoder '{source.encoder}'; encoders are: {known}"
                width, wanted = source.reducer.out_dim, model.needs.dims.get(role)
                if None not in (width, wanted) and width != wanted:
                    yield f"models.{label}.dim is {wanted}; the vectors of its {role} are {width} wide"

    def _base_problems(self) -> Iterator[str]:
        for label, bases in self._bases.items():
            for base in bases:
                if base not in self.models:
                    yield f"models.{label} stands on '{base}'; models are: {', '.join(self.models)}"
        try:
            TopologicalSorter(self._bases).prepare()
        except CycleError as error:
            circle = " -> ".join(reversed(error.args[1]))
            yield f"models stand on each other in a circle: {circle}"
        used = {base for bases in self._bases.values() for base in bases}
        for label, model in self.models.items():
            if not model.compare and label not in used:
                yield f"models.{label} has compare = false, and no other model stands on it"

    def _candidate_problems(self) -> Iterator[str]:
        if isinstance(self.protocol.candidates, Sampled):
            return
        for label in self.models:
            if not self._ranks_catalogue(label):
                yield (
                    f"models.{label} can only judge candidates that are shown to it; protocol.candidates.name is "
                    f"'{self.protocol.candidates.name}', and it needs 'sampled'"
                )

    def _comparison_problems(self) -> Iterator[str]:
        reference, cutoff = self.comparison.reference, self.comparison.cutoff
        if reference is not None and reference not in self.models:
            yield f"comparison.reference is '{reference}'; models are: {', '.join(self.models)}"
        elif reference is not None and not self.models[reference].compare:
            yield f"comparison.reference is '{reference}', which has compare = false"
        for floor in FLOORS:
            if not self.models[floor].compare:
                yield f"models.{floor}.compare is false; the floors stand in every table"
        if cutoff not in self.protocol.cutoffs:
            yield f"comparison.cutoff is {cutoff}; protocol.cutoffs are: {list(self.protocol.cutoffs)}"

    @property
    def in_order(self) -> tuple[str, ...]:
        """All labels, each after those of the models that it stands on, otherwise as they were given."""
        done: dict[str, None] = {}

        def add(label: str) -> None:
            for base in self._bases[label]:
                add(base)
            done.setdefault(label)

        for label in self.models:
            add(label)
        return tuple(done)

    @property
    def compared(self) -> tuple[str, ...]:
        """Labels of the models that stand in the table."""
        return tuple(label for label, model in self.models.items() if model.compare)

    @property
    def vector_sources(self) -> dict[str, VectorSource]:
        """The item vectors that the models need, by label; by label and role where a model needs several."""
        sources: dict[str, VectorSource] = {}
        for label, model in self.models.items():
            roles = model.needs.vectors
            sources |= {label if len(roles) == 1 else f"{label}.{role}": source for role, source in roles.items()}
        return sources

    def seeds_of(self, label: str) -> tuple[int, ...]:
        """The seeds that a model is trained with: all, or the first if another would change nothing."""
        own = self.models[label].stochastic
        return self.seeds if own or any(len(self.seeds_of(base)) > 1 for base in self._bases[label]) else self.seeds[:1]

    def base_seed(self, base: str, seed: int) -> int:
        """The seed of the model that one with `seed` stands on: the same, or the only one that there is."""
        seeds = self.seeds_of(base)
        return seed if seed in seeds else seeds[0]

    def with_bases(self, labels: tuple[str, ...]) -> set[str]:
        """The labels, and those of all models that these stand on."""
        kept: set[str] = set()
        waiting = list(labels)
        while waiting:
            label = waiting.pop()
            if label not in kept:
                kept.add(label)
                waiting += self._bases[label]
        return kept

    @property
    def _bases(self) -> Mapping[str, tuple[str, ...]]:
        """The labels that each model stands on."""
        return {label: tuple(dict.fromkeys(model.needs.models.values())) for label, model in self.models.items()}

    def _ranks_catalogue(self, label: str) -> bool:
        return self.models[label].ranks_catalogue and all(map(self._ranks_catalogue, self._bases[label]))
