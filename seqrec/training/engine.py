"""The loop that trains every network: epochs, early stopping, refit, checkpoints and exact resuming."""

import time
from collections.abc import Callable, Iterator, Mapping

from torch import Tensor

from seqrec.digest import generator_from, seed_from
from seqrec.errors import TrainingError
from seqrec.training.batches import Packed
from seqrec.training.checkpoint import Progress, pack, snapshot, unpack
from seqrec.training.config import TrainingConfig
from seqrec.training.cuda_stream import CudaStream
from seqrec.training.device import make_repeatable, resolve_precision
from seqrec.training.distributed import ProcessGroup
from seqrec.training.dry_run import dry_run
from seqrec.training.epoch import NO_STEPS, EpochPass, Learn, StepLosses
from seqrec.training.graphs import Graphs
from seqrec.training.network import Network
from seqrec.training.optimiser import build_optimiser
from seqrec.training.rng import IsolatedRng
from seqrec.training.step import Step
from seqrec.types import EpochReport, Run, Sequences, State

Validate = Callable[[], Mapping[str, float]]


class Trainer:
    """Trains one network, which ends with the weights of the best epoch, or with those of the refit.

    All draws of an epoch come from generators seeded by seed, phase and epoch. So a resumed training ends with the same
    bits as an undisturbed one on the same device. Trainings in several threads of one process neither draw from each
    other's generators nor wait for each other on a GPU.
    """

    def __init__(self, name: str, network: Network, config: TrainingConfig, run: Run) -> None:
        """Prepares the training.

        Args:
            name: The model's name in errors.
            network: The freshly initialised network, on the device of `run`.
            config: The optimiser, batches and stopping rule.
            run: The seed and the device.
        """
        self._name, self._network, self._config, self._run = name, network, config, run
        make_repeatable(run.device)
        self._stream = CudaStream(run.device)
        self._precision = resolve_precision(config.precision, run.device)
        self._initial = snapshot(network.state_dict())
        self._best: dict[str, Tensor] = {}
        self._progress = Progress(run.seed)
        self._unfinished: _Unfinished | None = None
        self._optimiser = build_optimiser(network, config)
        self._epoch_plan = network.epoch_plan(config.windows)

    def train(self, fit: Sequences, refit: Sequences | None, validate: Validate) -> Iterator[EpochReport]:
        """Trains on `fit` until `validate` stops improving; then, if given, on `refit` for as many epochs.

        Args:
            fit: The data to train on while the number of epochs is selected.
            refit: The data to train on afterwards, from fresh weights; None for no refit.
            validate: Returns metrics of the current network, among them NDCG at `config.valid_cutoff`.

        Raises:
            TrainingError: A loss is not finite, or there is nothing to learn from.
            torch.OutOfMemoryError: The training does not fit into the GPU; nearly always before its first epoch.
        """
        if self._progress.phase == "fit":
            # If the number of epochs was chosen elsewhere, nothing needs validation, and only the refit is trained.
            if refit is None or self._config.keep == "best":
                data, learn = self._begin(fit)
                while self._has_next_epoch():
                    yield self._epoch(data, learn, validate)
                # Recorded steps hold their memory until they are deleted.
                del data, learn
            else:
                self._progress.best_epoch = self._config.max_epochs
            if refit is None:
                self._network.load_state_dict(self._best)
                return
            self._begin_refit()
        assert refit is not None
        data, learn = self._begin(refit)
        while self._progress.epoch < self._progress.best_epoch:
            yield self._epoch(data, learn, None)

    def checkpoint(self) -> State:
        """Returns what `resume` needs; valid between two steps or reports.

        Of several processes, each draws its own numbers, so that no other can continue an epoch that it has begun.
        """
        unfinished = {} if self._unfinished is None else self._unfinished.tensors
        return pack(self._network, self._optimiser, self._best, unfinished, self._progress)

    def resume(self, state: State) -> None:
        """Continues from a checkpoint of a training with the same arguments."""
        self._best, unfinished, self._progress = unpack(state, self._network, self._optimiser)
        assert self._progress.seed == self._run.seed
        if unfinished:
            self._unfinished = _Unfinished.of(unfinished, self._draws())

    def _begin(self, sequences: Sequences) -> tuple[Packed, Learn]:
        """Returns the data of a phase, and the function that learns from a batch of it."""
        data = Packed(sequences, self._network.window, self._run.device, self._config.windows)
        if not (data.lengths >= 2).any():
            raise TrainingError(
                self._name,
                got="no sequence of two events or more",
                expected="something to learn from",
                remedy="Check the counts of the prepared data: a smaller core may keep more.",
            )
        self._network.observe(sequences)
        config, group = self._config, ProcessGroup.here()
        step = Step(self._network, self._optimiser, config.clip_norm, self._precision, group)
        self._network.train()
        if data.device.type == "cuda":
            with self._stream:
                dry_run(step, data, config.batch_size, self._epoch_plan)
                if group.size == 1:
                    return data, Graphs(step, data, config.batch_size, self._epoch_plan)
        return data, lambda chosen: step(data.batch(group.part(chosen)))

    def _has_next_epoch(self) -> bool:
        progress, config = self._progress, self._config
        return progress.epoch < config.max_epochs and progress.epoch - progress.best_epoch < config.patience

    def _begin_refit(self) -> None:
        self._network.load_state_dict(self._initial)
        self._optimiser = build_optimiser(self._network, self._config)
        self._best = {}
        self._progress.phase, self._progress.epoch = "refit", 0

    def _epoch(self, data: Packed, learn: Learn, validate: Validate | None) -> EpochReport:
        started = time.perf_counter() - self._progress.elapsed_s
        progress = self._progress
        loss = self._learn(data, learn, started)
        valid = dict(validate()) if validate else {}
        progress.epoch, progress.elapsed_s, self._unfinished = progress.epoch + 1, 0.0, None
        if valid:
            value = valid[f"ndcg_at_{self._config.valid_cutoff}"]
            if value > progress.best_value or self._config.keep == "last":
                progress.best_epoch, progress.best_value = progress.epoch, value
                self._best = snapshot(self._network.state_dict())
        duration_s = time.perf_counter() - started
        return EpochReport(progress.phase, progress.epoch, loss, valid, duration_s, progress.best_epoch)

    def _learn(self, data: Packed, learn: Learn, started: float) -> float:
        progress, config = self._progress, self._config
        batches = data.epoch(config.batch_size, self._epoch_plan, generator_from(*self._parts, "order"))
        if self._unfinished is None:
            self._unfinished = _Unfinished(self._draws())
        steps = self._unfinished.steps

        def on_step(done: int, total: int) -> None:
            progress.elapsed_s = time.perf_counter() - started
            self._run.on_step(done, total)

        self._network.train()
        with self._stream:
            steps.run(learn, batches, on_step)
            losses = steps.losses
        self._network.eval()
        bad = losses.first_bad
        if bad is not None:
            value = losses.values[bad - 1].item()
            raise TrainingError(
                self._name,
                got=f"loss {value} in {progress.phase} epoch {progress.epoch + 1}, step {bad}",
                expected="a finite loss",
                remedy=f"Lower training.lr ({config.lr:g}) or training.clip_norm ({config.clip_norm}).",
            )
        return losses.mean

    @property
    def _parts(self) -> tuple[int, str, int]:
        """The parts of every seed of the epoch that comes next or has begun."""
        return self._run.seed, self._progress.phase, self._progress.epoch + 1

    def _draws(self) -> IsolatedRng:
        """Returns the draws of that epoch, from their beginning."""
        return IsolatedRng(seed_from(*self._parts, "draws", *ProcessGroup.here().own), self._run.device)


class _Unfinished:
    """An epoch that has begun, as far as weights and optimiser do not show it."""

    def __init__(self, draws: IsolatedRng, losses: StepLosses = NO_STEPS) -> None:
        self._draws, self.steps = draws, EpochPass(draws, losses)

    @classmethod
    def of(cls, tensors: Mapping[str, Tensor], draws: IsolatedRng) -> "_Unfinished":
        """Continues from `tensors`; `draws` are at their beginning."""
        draws.restore(tensors["draws"])
        return cls(draws, StepLosses(tensors["losses"], tensors["n_positions"]))

    @property
    def tensors(self) -> dict[str, Tensor]:
        """Everything that it takes to continue the epoch."""
        losses = self.steps.losses
        return {"draws": self._draws.state, "losses": losses.values, "n_positions": losses.n_positions}
