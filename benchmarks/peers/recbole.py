"""Training with RecBole: validation items held out of training, full ranking, seen items not masked.

    PYTHON -m benchmarks.peers.recbole SEQUENCES {sasrec,gru4rec,bert4rec} --epochs 60 --device cuda

The settings are those of its model files, with the batch size at which its epochs are fastest.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Generic, TypeVar

import numpy as np
import torch

from benchmarks.figures import Figures
from benchmarks.peers.request import Request, parse_request, print_figures

Result = TypeVar("Result")

MODELS = {"sasrec": "SASRec", "gru4rec": "GRU4Rec", "bert4rec": "BERT4Rec"}
DATA = "sequences"
EVALUATIONS = 3
GONE_FROM_NUMPY = {"float_": np.float64, "complex_": np.complex128, "unicode_": np.str_, "bool8": np.bool_}
SETTINGS = {
    "USER_ID_FIELD": "user_id",
    "ITEM_ID_FIELD": "item_id",
    "TIME_FIELD": "timestamp",
    "load_col": {"inter": ["user_id", "item_id", "timestamp"]},
    "MAX_ITEM_LIST_LENGTH": 50,
    "eval_args": {"split": {"LS": "valid_and_test"}, "order": "TO", "group_by": "user", "mode": "full"},
    "repeatable": True,
    "train_neg_sample_args": None,
    "loss_type": "CE",
    "metrics": ["Hit", "NDCG"],
    "topk": [10],
    "valid_metric": "NDCG@10",
    "train_batch_size": 2048,
    "eval_batch_size": 4096,
    "stopping_step": 10,
    "show_progress": False,
    "state": "WARNING",
    "worker": 0,
}


class Timed(Generic[Result]):
    """A function of the trainer that records the time of each call."""

    def __init__(self, function: Callable[..., Result]) -> None:
        self._function = function
        self.wall_s: list[float] = []
        self.cpu_s: list[float] = []

    def __call__(self, *arguments: object, **named: object) -> Result:
        """Return the result of the function, after the device has finished."""
        started, cpu_started = time.perf_counter(), time.process_time()
        result = self._function(*arguments, **named)
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.wall_s.append(time.perf_counter() - started)
        self.cpu_s.append(time.process_time() - cpu_started)
        return result


def train(task: Request, folder: Path) -> Figures:
    """Train until validation stops improving or all epochs are done, and evaluate the best epoch.

    Args:
        task: What to train.
        folder: Folder for the atomic file and the weights.
    """
    # Names of older libraries that RecBole needs must exist before its import.
    from recbole.config import Config  # type: ignore[import-not-found] # noqa: PLC0415
    from recbole.data import create_dataset, data_preparation  # type: ignore[import-not-found] # noqa: PLC0415
    from recbole.utils import get_model, get_trainer, init_seed  # type: ignore[import-not-found] # noqa: PLC0415

    _write_atomic(task, folder / DATA)
    settings = SETTINGS | {
        "data_path": str(folder),
        "checkpoint_dir": str(folder / "saved"),
        "epochs": task.epochs,
        "use_gpu": task.device == "cuda",
    }
    config = Config(model=MODELS[task.model], dataset=DATA, config_dict=settings)
    init_seed(config["seed"], config["reproducibility"])
    train_data, valid_data, test_data = data_preparation(config, create_dataset(config))
    model = get_model(config["model"])(config, train_data.dataset).to(config["device"])
    trainer = get_trainer(config["MODEL_TYPE"], config["model"])(config, model)
    learn = trainer._train_epoch = Timed(trainer._train_epoch)  # noqa: SLF001 - its public part trains and validates
    curve: list[tuple[float, float]] = []
    best: list[tuple[int, float]] = []

    def note(epoch: int, valid: float) -> None:
        curve.append((trainer.train_loss_dict[epoch], valid))
        if valid >= max(value for _, value in curve):
            best.append((epoch + 1, task.elapsed_s))

    trainer.fit(train_data, valid_data, verbose=False, callback_fn=note)
    evaluate = Timed(trainer.evaluate)
    for _ in range(EVALUATIONS):
        test = evaluate(test_data)
    best_epoch, to_best_s = best[-1]
    return Figures(
        n_epochs=len(curve),
        best_epoch=best_epoch,
        epoch_s=median(learn.wall_s),
        epoch_cpu_s=median(learn.cpu_s),
        to_best_s=to_best_s,
        evaluation_s=median(evaluate.wall_s),
        hr=float(test["hit@10"]),
        ndcg=float(test["ndcg@10"]),
        curve=curve,
    )


def restore_what_it_needs() -> None:
    """Restore names that NumPy 2 removed, and loading of RecBole's checkpoints, which PyTorch refuses by default."""
    for name, kind in GONE_FROM_NUMPY.items():
        if not hasattr(np, name):
            setattr(np, name, kind)
    load = torch.load
    torch.load = lambda *arguments, **named: load(*arguments, **(named | {"weights_only": False}))


def _write_atomic(task: Request, folder: Path) -> None:
    folder.mkdir()
    with (folder / f"{DATA}.inter").open("w", encoding="ascii") as file:
        file.write("user_id:token\titem_id:token\ttimestamp:float\n")
        for user, items in task.users():
            file.writelines(f"{user}\t{item}\t{place}\n" for place, item in enumerate(items))


if __name__ == "__main__":
    task = parse_request(tuple(MODELS))
    del sys.argv[1:]  # RecBole reads the command line too.
    restore_what_it_needs()
    with TemporaryDirectory(prefix="recbole-") as temporary:
        print_figures(train(task, Path(temporary)))
