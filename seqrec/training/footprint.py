"""The memory of a training, by purpose."""

from dataclasses import dataclass, fields

GIB = 2**30


@dataclass(frozen=True, slots=True)
class Footprint:
    """The estimated bytes of a training on a CPU; see `seqrec.models.memory_estimate` for the origin of each term."""

    weights: int
    gradients: int
    optimiser: int
    copies: int
    data: int
    activations: int
    loss: int
    validation: int
    checkpoint: int
    libraries: int

    @property
    def total(self) -> int:
        """The bytes at the peak: what is always held, plus the largest of a step, a validation and a checkpoint."""
        held = self.weights + self.gradients + self.optimiser + self.copies + self.data + self.libraries
        return held + max(self.activations + self.loss, self.validation, self.checkpoint)

    def __str__(self) -> str:
        """Returns the terms in GiB, the largest first, without those that round to zero."""
        terms = sorted(((getattr(self, field.name), field.name) for field in fields(self)), reverse=True)
        return ", ".join(f"{name} {n_bytes / GIB:.2f}" for n_bytes, name in terms if n_bytes >= GIB / 200)
