"""Training with RecTools on all items except the last, for a fixed number of epochs, with seen items masked.

PYTHON -m benchmarks.peers.rectools SEQUENCES {sasrec,bert4rec} --epochs 40 --device cuda
"""

import logging
import time
import warnings
from statistics import median

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import torch
from pytorch_lightning import Callback, LightningModule, Trainer  # type: ignore[import-not-found]
from rectools import Columns  # type: ignore[import-not-found]
from rectools.dataset import Dataset  # type: ignore[import-not-found]
from rectools.models import BERT4RecModel, SASRecModel  # type: ignore[import-not-found]

from benchmarks.figures import Figures
from benchmarks.peers.request import Request, parse_request, print_figures

MODELS = {"sasrec": SASRecModel, "bert4rec": BERT4RecModel}
SETTINGS = {
    "n_factors": 64,
    "n_blocks": 2,
    "n_heads": 2,
    "session_max_len": 50,
    "lr": 1e-3,
    "dropout_rate": 0.2,
    "loss": "softmax",
}
BATCH_SIZE = {"cpu": 128, "cuda": 256}
K = 10
EVALUATIONS = 3
FIRST_DAY = pd.Timestamp("2020-01-01")


class Clock(Callback):  # type: ignore[misc] # untyped
    """Records the time of each epoch."""

    def __init__(self) -> None:
        self.wall_s: list[float] = []
        self.cpu_s: list[float] = []

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:  # noqa: ARG002
        """Start the clock."""
        self._started, self._cpu_started = time.perf_counter(), time.process_time()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:  # noqa: ARG002
        """Stop the clock after the device has finished."""
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.wall_s.append(time.perf_counter() - self._started)
        self.cpu_s.append(time.process_time() - self._cpu_started)


def train(task: Request) -> Figures:
    """Train for all epochs, and evaluate the final weights."""
    users = task.users()
    data = _dataset(users)
    torch.manual_seed(0)
    model = MODELS[task.model](
        **SETTINGS,
        batch_size=BATCH_SIZE[task.device],
        epochs=task.epochs,
        get_trainer_func=_trainer,
        get_trainer_func_kwargs={"epochs": task.epochs, "device": task.device},
        recommend_torch_device=task.device,
    )
    model.fit(data)
    to_best_s = task.elapsed_s
    (clock,) = (callback for callback in model.fit_trainer.callbacks if isinstance(callback, Clock))
    seconds = []
    for _ in range(EVALUATIONS):
        started = time.perf_counter()
        hits = _hits(model, data, users)
        seconds.append(time.perf_counter() - started)
    return Figures(
        n_epochs=task.epochs,
        best_epoch=task.epochs,
        epoch_s=median(clock.wall_s),
        epoch_cpu_s=median(clock.cpu_s),
        to_best_s=to_best_s,
        evaluation_s=median(seconds),
        hr=len(hits) / len(users),
        ndcg=float((1 / np.log2(hits + 1)).sum() / len(users)),
    )


def _dataset(users: list[tuple[int, list[int]]]) -> Dataset:
    """Return all items of each user except the last, one day apart."""
    rows = [(user, item, place) for user, items in users for place, item in enumerate(items[:-1])]
    frame = pd.DataFrame(rows, columns=[Columns.User, Columns.Item, Columns.Datetime])
    frame[Columns.Datetime] = FIRST_DAY + pd.to_timedelta(frame[Columns.Datetime], "D")
    frame[Columns.Weight] = 1.0
    return Dataset.construct(frame)


def _trainer(epochs: int, device: str) -> Trainer:
    """Return the trainer of RecTools, with a clock."""
    return Trainer(
        max_epochs=epochs,
        min_epochs=epochs,
        accelerator={"cpu": "cpu", "cuda": "gpu"}[device],
        devices=1,
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=False,
        logger=False,
        callbacks=[Clock()],
    )


def _hits(model: SASRecModel | BERT4RecModel, data: Dataset, users: list[tuple[int, list[int]]]) -> "pd.Series[int]":
    """Return the ranks of the last items that are among the first `K`."""
    targets = {user: items[-1] for user, items in users}
    lists = model.recommend(users=np.array(list(targets)), dataset=data, k=K, filter_viewed=True)
    return lists.loc[lists[Columns.Item] == lists[Columns.User].map(targets), Columns.Rank]


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    print_figures(train(parse_request(tuple(MODELS))))
