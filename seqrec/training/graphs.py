"""Steps recorded once for every shape and replayed: a GPU trains small networks faster than Python can tell it to."""

from collections.abc import Iterator
from math import prod

import torch

from seqrec.training.batches import Chosen, Packed
from seqrec.training.bucketing import EpochPlan
from seqrec.training.dry_run import undone
from seqrec.training.network import MeanLoss
from seqrec.training.rng import IsolatedRng
from seqrec.training.step import Step

WARM_UPS = 3
"""Steps before a recording, in which libraries choose their kernels and allocate what they keep."""


class Graphs:
    """The steps of one training as CUDA graphs, one for each width of full batches.

    A graph reads the rows of its batch from one place and gathers them itself; weights, gradients and the optimiser's
    state stay where they are. Nothing is recorded while an epoch draws, so that a resumed training, which records
    later, draws the same numbers.
    """

    def __init__(self, step: Step, data: Packed, batch_size: int, epoch_plan: EpochPlan) -> None:
        """Record a step for every width of which there may be a full batch; the training itself is left as it was.

        Args:
            step: What is done with a batch.
            data: Where batches come from, on a GPU.
            batch_size: Rows of a full batch with the mean number of targets.
            epoch_plan: How an epoch shows the data.
        """
        self._step, self._data = step, data
        self._graphs: dict[int, tuple[Chosen, torch.cuda.CUDAGraph, MeanLoss]] = {}
        self._pool = torch.cuda.graph_pool_handle()
        with IsolatedRng(0, data.device), undone(step.network, step.optimiser):
            for chosen in _full_chosen(data, batch_size, epoch_plan):
                self._graphs[chosen.width] = (chosen, *self._record(chosen))

    def __call__(self, chosen: Chosen) -> MeanLoss:
        """Learn from a batch; one that is not full is no graph's, and is learnt from step by step."""
        recorded = self._graphs.get(chosen.width)
        if recorded is None or len(chosen.rows) != len(recorded[0].rows):
            return self._step(self._data.batch(chosen))
        full, graph, loss = recorded
        full.rows.copy_(chosen.rows)
        graph.replay()
        return MeanLoss(loss.value.clone(), torch.as_tensor(loss.n_positions).clone())

    def _record(self, chosen: Chosen) -> tuple[torch.cuda.CUDAGraph, MeanLoss]:
        for _ in range(WARM_UPS):
            self._step(self._data.batch(chosen))
        self._step.optimiser.zero_grad()
        graph = torch.cuda.CUDAGraph()
        stream = torch.cuda.current_stream(self._data.device)
        # Trainings in other threads go on meanwhile.
        with torch.cuda.graph(graph, pool=self._pool, stream=stream, capture_error_mode="thread_local"):
            loss = self._step(self._data.batch(chosen))
        return graph, MeanLoss(loss.value.detach(), loss.n_positions)


def _full_chosen(data: Packed, batch_size: int, epoch_plan: EpochPlan) -> Iterator[Chosen]:
    """A full batch of each width that has one, the largest first: the others may use the memory that it took."""
    for full in sorted(data.full_batches(batch_size, epoch_plan), key=lambda full: -prod(full.shape)):
        if full.n_fitting >= full.n_rows:
            yield data.chosen_like(full)
