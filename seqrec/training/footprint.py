"""What a training takes of its device's memory, by what the bytes are for."""

from dataclasses import dataclass, fields

GIB = 2**30


@dataclass(frozen=True, slots=True)
class Footprint:
    """Bytes that a training holds on its device when it holds most.

    Some are held all the time. Of the others, each is gone before the next is needed.
    """

    weights: int
    gradients: int
    optimiser: int
    copies: int
    """First and best weights, where they are kept on the same device."""
    data: int
    """The sequences that batches are gathered from."""
    step: int
    """All that the largest step needs besides: activations, the loss and their gradients. Where steps are recorded,
    also the copies that the weights and the optimiser are put back from."""
    validation: int
    """Queries and scores of the cases that are ranked at a time, also by an evaluation of the trained model."""
    checkpoint: int
    """What is copied to be written to disk."""
    libraries: int = 0
    """What PyTorch's libraries take for themselves in the first training of a process."""
    recorded: int = 0
    """Where steps are recorded, as on a GPU: room of the largest, which nothing else may use as long as it can be
    replayed. A last batch that is not full is learnt from beside it."""

    @property
    def held(self) -> int:
        """Bytes that are there all the time."""
        return self.weights + self.gradients + self.optimiser + self.copies + self.data + self.libraries + self.recorded

    @property
    def total(self) -> int:
        """Bytes at the peak."""
        return self.held + max(self.step, self.validation, self.checkpoint)

    def __str__(self) -> str:
        """Its parts in GiB, the largest first, in the words of the fields."""
        parts = sorted(((getattr(self, field.name), field.name) for field in fields(self)), reverse=True)
        return ", ".join(f"{name} {n_bytes / GIB:.2f}" for n_bytes, name in parts if n_bytes >= GIB / 200)
