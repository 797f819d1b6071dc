"""Recorded steps, replayed for each shape, since a GPU runs small kernels faster than Python launches them."""

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
"""The number of steps before a recording, in which libraries choose kernels and allocate their buffers."""


class Graphs:
    """The steps of one training as CUDA graphs, one for each width of full batches.

    A graph reads the row numbers of its batch from a fixed tensor and gathers the rows itself; weights, gradients and
    optimiser state stay in place. Nothing is recorded during an epoch, so that a resumed training, which records again,
    draws the same numbers.
    """

    def __init__(self, step: Step, data: Packed, batch_size: int, epoch_plan: EpochPlan) -> None:
        """Records a step for each width that can have a full batch, and leaves the training as it was.

        Args:
            step: The step of the training.
            data: The data that batches are gathered from, on a GPU.
            batch_size: The number of rows of a full batch if each has the mean number of targets.
            epoch_plan: The way in which an epoch presents the data.
        """
        self._step, self._data = step, data
        self._graphs: dict[int, tuple[Chosen, torch.cuda.CUDAGraph, MeanLoss]] = {}
        self._pool = torch.cuda.graph_pool_handle()
        with IsolatedRng(0, data.device), undone(step.network, step.optimiser):
            for chosen in _full_chosen(data, batch_size, epoch_plan):
                self._graphs[chosen.width] = (chosen, *self._record(chosen))

    def __call__(self, chosen: Chosen) -> MeanLoss:
        """Learns from a batch, by replaying its graph or, if the batch is not full, by an ordinary step."""
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
        # Trainings in other threads continue during the recording.
        with torch.cuda.graph(graph, pool=self._pool, stream=stream, capture_error_mode="thread_local"):
            loss = self._step(self._data.batch(chosen))
        return graph, MeanLoss(loss.value.detach(), loss.n_positions)


def _full_chosen(data: Packed, batch_size: int, epoch_plan: EpochPlan) -> Iterator[Chosen]:
    """Returns a full batch of each width that has one, the largest first, so that the others can reuse its memory."""
    for full in sorted(data.full_batches(batch_size, epoch_plan), key=lambda full: -prod(full.shape)):
        if full.n_fitting >= full.n_rows:
            yield data.chosen_like(full)
