"""The memory of a training, by what the bytes are for."""

from dataclasses import dataclass, fields

GIB = 2**30


@dataclass(frozen=True, slots=True)
class Footprint:
    """Estimated bytes of a training on a CPU; see `seqrec.models.memory_estimate` for where each term comes from."""

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
        """Bytes at the peak: what is held all the time, and the largest of a step, a validation and a checkpoint."""
        held = self.weights + self.gradients + self.optimiser + self.copies + self.data + self.libraries
        return held + max(self.activations + self.loss, self.validation, self.checkpoint)

    def __str__(self) -> str:
        """The terms in GiB, the largest first, without those that round to zero."""
        terms = sorted(((getattr(self, field.name), field.name) for field in fields(self)), reverse=True)
        return ", ".join(f"{name} {n_bytes / GIB:.2f}" for n_bytes, name in terms if n_bytes >= GIB / 200)
