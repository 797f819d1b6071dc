"""Our training and evaluation through the public interface, as counterpart to the scripts of the peers."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.comparison import K
from benchmarks.figures import Figures
from seqrec.evaluation.accuracy import hit_rate, ndcg
from seqrec.evaluation.estimate import estimate_mean
from seqrec.evaluation.ranking import rank
from seqrec.models.base import Ingredients
from seqrec.models.neural import NeuralConfig, NeuralRecommender
from seqrec.training.device import resolve_device
from seqrec.types import Rankings, Run, Split, Training
from storage.files import read_split

EVALUATIONS = 3
TIMED_EPOCHS = 4
"""Epochs that are timed without validation; the first, which may compile and record graphs, does not count."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to train, and when it was requested."""

    config: NeuralConfig
    split: Path
    """Folder of the split."""
    device: str
    requested_at: float
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Seeds:
    """Several seeds of one model, trained for the same number of epochs."""

    one_s: float
    """Wall time of training the first seed alone."""
    all_s: float
    """Wall time of training all seeds."""
    ndcgs: Sequence[float]


def train(job: Job, seed: int = 0) -> Figures:
    """Train until validation stops improving, refit if the split says so, and evaluate."""
    split = read_split(job.split)
    run = Run(seed, resolve_device(job.device))
    model = job.config.build(split.n_items)
    reports, to_best_s = [], 0.0
    for report in model.fit(split.training, Ingredients(), run):
        reports.append(report)
        if report.phase == "refit" or report.best_epoch == report.epoch:
            to_best_s = time.time() - job.requested_at
    evaluation_s, rankings = _evaluate(model, split)
    epoch_s, epoch_cpu_s = _time_epochs(job.config, split, run)
    ndcgs = ndcg(rankings.places, K)
    low, high = estimate_mean(ndcgs[None]).interval(0.95)
    return Figures(
        n_epochs=sum(report.phase == "fit" for report in reports),
        best_epoch=reports[-1].best_epoch,
        epoch_s=epoch_s,
        epoch_cpu_s=epoch_cpu_s,
        to_best_s=to_best_s,
        evaluation_s=evaluation_s,
        hr=float(hit_rate(rankings.places, K).mean()),
        ndcg=float(ndcgs.mean()),
        ndcg_interval=None if low is None or high is None else (low, high),
        curve=[[report.loss, *report.valid.values()] for report in reports],
    )


def train_seeds(job: Job, epochs: int, seeds: Sequence[int]) -> Seeds:
    """Train all seeds side by side, for a number of epochs that was chosen before."""
    split = read_split(job.split)
    config = _of_epochs(job.config, epochs)
    runs = [Run(seed, resolve_device(job.device)) for seed in seeds]
    started = time.perf_counter()
    _fit(config, split, runs[:1])
    one_s = time.perf_counter() - started
    started = time.perf_counter()
    models = _fit(config, split, runs)
    all_s = time.perf_counter() - started
    return Seeds(one_s, all_s, [float(ndcg(_evaluate(model, split)[1].places, K).mean()) for model in models])


def _fit(config: NeuralConfig, split: Split, runs: Sequence[Run]) -> list[NeuralRecommender]:
    """Train one model for each run, all at the same time, in threads like the training slots of a flow."""
    data = _hardly_validated(split.training)
    models = [config.build(data.n_items) for _ in runs]
    with ThreadPoolExecutor(len(runs)) as pool:
        list(pool.map(lambda model, run: list(model.fit(data, Ingredients(), run)), models, runs))
    return models


def _time_epochs(config: NeuralConfig, split: Split, run: Run) -> tuple[float, float]:
    """Return the wall and processor time of an epoch, without validation."""
    model = _of_epochs(config, TIMED_EPOCHS).build(split.n_items)
    wall_s, cpu_s = [], [time.process_time()]
    for report in model.fit(_hardly_validated(split.training), Ingredients(), run):
        wall_s.append(report.duration_s)
        cpu_s.append(time.process_time())
    return median(wall_s[1:]), float(np.median(np.diff(cpu_s)[1:]))


def _of_epochs(config: NeuralConfig, epochs: int) -> NeuralConfig:
    """Return the same configuration, but with exactly this number of epochs."""
    training = config.training.model_copy(update={"max_epochs": epochs, "keep": "last"})
    return config.model_copy(update={"training": training})


def _hardly_validated(data: Training) -> Training:
    """Return all data that train the final model, with a single validation case, which takes no time."""
    sequences = data.train if data.refit else data.fit
    return replace(data, fit=sequences, valid=data.valid.take(np.arange(1)), refit=False)


def _evaluate(model: NeuralRecommender, split: Split) -> tuple[float, Rankings]:
    """Return the median time of an evaluation of all test cases, and the rankings."""
    seconds = []
    for _ in range(EVALUATIONS):
        started = time.perf_counter()
        rankings = rank(model, split.test, replace(split.training.rules, k=K))
        float(hit_rate(rankings.places, K).mean()), float(ndcg(rankings.places, K).mean())
        seconds.append(time.perf_counter() - started)
    return median(seconds), rankings
