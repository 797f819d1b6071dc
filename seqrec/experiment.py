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
from seqrec.tuning.config import Tuning


class Experiment(Config):
    """An experiment: which models are compared, on which data, and how they are evaluated."""

    name: Slug
    """The short name of the experiment, used in commands, paths and pages."""
    title: str = ""
    """A one-line title, used in lists and pages; by default, the name."""
    dataset: AnyDataset
    """The dataset that the models are compared on, and how it is read."""
    protocol: Protocol
    text: Template = Template()
    encoders: dict[Slug, AnyEncoder] = Field(default_factory=dict)
    """Text encoders, each under a label of your own, by which models refer to it."""
    models: dict[Slug, AnyModel]
    """The models to compare, each under a label of your own; the same model may appear under several labels with
    different settings. The floors, simple models that any other should beat, are added if they are left out."""
    comparison: Comparison = Comparison()
    tuning: Tuning = Tuning()
    seeds: Listed[int] = (0,)
    """The seeds that each model is trained with; a deterministic model is trained with the first one only."""

    @model_validator(mode="before")
    @classmethod
    def _add_title(cls, raw: object) -> object:
        return raw | {"title": raw.get("name", "")} if isinstance(raw, dict) and not raw.get("title") else raw

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
            *self._tuning_problems(),
        ]
        # A check that follows the bases of a model needs bases without a cycle.
        problems = problems or [*self._candidate_problems()]
        if not self.seeds or len(set(self.seeds)) != len(self.seeds):
            problems.append(f"seeds is {list(self.seeds)}; it must hold at least one seed, and no seed twice")
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def _floor_problems(self) -> Iterator[str]:
        for floor in FLOORS:
            if self.models[floor].name != floor:
                yield f"models.{floor} is a {self.models[floor].name}; this label is reserved for that floor"

    def _vector_problems(self) -> Iterator[str]:
        for label, model in self.models.items():
            for role, source in model.needs.vectors.items():
                if source.encoder not in self.encoders:
                    known = ", ".join(self.encoders) or "none"
                    yield f"models.{label} uses the encoder '{source.encoder}'; the encoders are: {known}"
                width, wanted = source.reducer.out_dim, model.needs.dims.get(role)
                if None not in (width, wanted) and width != wanted:
                    yield f"models.{label}.dim is {wanted}; the vectors of its {role} are {width} wide"

    def _base_problems(self) -> Iterator[str]:
        for label, bases in self._bases.items():
            for base in bases:
                if base not in self.models:
                    yield f"models.{label} is built on '{base}'; the models are: {', '.join(self.models)}"
        try:
            TopologicalSorter(self._bases).prepare()
        except CycleError as error:
            circle = " -> ".join(reversed(error.args[1]))
            yield f"models are built on each other in a cycle: {circle}"
        used = {base for bases in self._bases.values() for base in bases}
        for label, model in self.models.items():
            if not model.compare and label not in used:
                yield f"models.{label} has compare = false, and no other model is built on it"

    def _candidate_problems(self) -> Iterator[str]:
        if isinstance(self.protocol.candidates, Sampled):
            return
        for label in self.models:
            if not self._ranks_catalogue(label):
                yield (
                    f"models.{label} can only score the candidates shown to it; protocol.candidates.name is "
                    f"'{self.protocol.candidates.name}', but must be 'sampled'"
                )

    def _comparison_problems(self) -> Iterator[str]:
        reference, cutoff = self.comparison.reference, self.comparison.cutoff
        if reference is not None and reference not in self.models:
            yield f"comparison.reference is '{reference}'; the models are: {', '.join(self.models)}"
        elif reference is not None and not self.models[reference].compare:
            yield f"comparison.reference is '{reference}', which has compare = false"
        for floor in FLOORS:
            if not self.models[floor].compare:
                yield f"models.{floor}.compare is false; every table must show the floors"
        if cutoff not in self.protocol.cutoffs:
            yield f"comparison.cutoff is {cutoff}; protocol.cutoffs is {list(self.protocol.cutoffs)}"

    def _tuning_problems(self) -> Iterator[str]:
        for label in self.tuning.space:
            if label not in self.models:
                yield f"tuning.space names '{label}'; the models are: {', '.join(self.models)}"
        if self.tuning.folds is not None:
            known = self.protocol.split.folds
            if not self.tuning.folds or not set(self.tuning.folds) <= set(known):
                told = ", ".join(map(str, known)) or "none"
                yield f"tuning.folds is {list(self.tuning.folds)}; the folds of the split are {told}"

    @property
    def in_order(self) -> tuple[str, ...]:
        """All labels, each after those of its base models, otherwise in the given order."""
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
        """The labels of the models that the table shows."""
        return tuple(label for label, model in self.models.items() if model.compare)

    @property
    def vector_sources(self) -> dict[str, VectorSource]:
        """The item vectors that the models need, by label, or by label and role if a model needs several."""
        sources: dict[str, VectorSource] = {}
        for label, model in self.models.items():
            roles = model.needs.vectors
            sources |= {label if len(roles) == 1 else f"{label}.{role}": source for role, source in roles.items()}
        return sources

    def seeds_of(self, label: str) -> tuple[int, ...]:
        """Returns the seeds that a model is trained with: all, or only the first if the model is deterministic."""
        return self.seeds if self.is_stochastic(label) else self.seeds[:1]

    def is_stochastic(self, label: str) -> bool:
        """Returns whether the seed affects a model, by itself or through one of its bases."""
        return self.models[label].stochastic or any(self.is_stochastic(base) for base in self._bases[label])

    def base_seed(self, base: str, seed: int) -> int:
        """Returns the seed of the base of a model trained with `seed`: the same seed, or the only one the base has."""
        seeds = self.seeds_of(base)
        return seed if seed in seeds else seeds[0]

    def with_bases(self, labels: tuple[str, ...]) -> set[str]:
        """Returns the labels and those of all their base models."""
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
        """The labels of each model's base models."""
        return {label: tuple(dict.fromkeys(model.needs.models.values())) for label, model in self.models.items()}

    def _ranks_catalogue(self, label: str) -> bool:
        return self.models[label].ranks_catalogue and all(map(self._ranks_catalogue, self._bases[label]))
