"""How a person names an experiment: by a file, by the name of a shipped one, or as the experiment itself."""

import tomllib
from collections.abc import Sequence
from contextlib import suppress
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from seqrec.errors import ConfigError

if TYPE_CHECKING:
    from seqrec.datasets.base import DatasetConfig
    from seqrec.experiment import Experiment


def shipped_experiments() -> dict[str, Path]:
    """Return the files of the experiments that come with the program, by name."""
    folder = Path(str(files("deployments"))) / "experiments"
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def find_experiment(experiment: str) -> Path:
    """Return the file of `experiment`, which is a path or the name of a shipped experiment.

    Raises:
        ConfigError: It is neither.
    """
    path = Path(experiment)
    if path.is_file():
        return path
    shipped = shipped_experiments()
    if experiment in shipped:
        return shipped[experiment]
    close = get_close_matches(path.stem, shipped, n=1)
    raise ConfigError(
        f"experiment '{experiment}'",
        got="neither a file nor the name of a shipped experiment",
        expected=f"a TOML file, or one of: {', '.join(shipped)}",
        remedy=f"Did you mean '{close[0]}'?" if close else "See `seqrec list experiments`.",
    )


def find_dataset(name: str, overrides: Sequence[str] = ()) -> "DatasetConfig":
    """Return the dataset of a reader, or of an experiment: a file, or the name of one that is shipped or was run.

    Where a reader and an experiment share a name, it is the reader's.

    Args:
        name: The reader or the experiment.
        overrides: Settings to change, such as `category=Beauty` or, in an experiment, `dataset.category=Beauty`.

    Raises:
        ConfigError: There is no such dataset, or a setting is wrong.
    """
    # Imported late, like below, since the classes of all models are behind it.
    from seqrec.config import name_of  # noqa: PLC0415
    from seqrec.config.overrides import override  # noqa: PLC0415
    from seqrec.config.validation import validated  # noqa: PLC0415
    from seqrec.datasets import DATASETS  # noqa: PLC0415
    from seqrec.experiment import Experiment  # noqa: PLC0415
    from seqrec.experiment_file import load_dataset, load_experiment  # noqa: PLC0415

    is_reader = name in map(name_of, DATASETS)
    if not is_reader and (Path(name).suffix == ".toml" or Path(name).is_file() or name in shipped_experiments()):
        return load_experiment(find_experiment(name), overrides).dataset
    if not is_reader and (finished := _finished(name)) is not None:
        raw = override(finished.model_dump(mode="json"), Experiment, overrides)
        return validated(Experiment, raw, f"experiment '{name}'").dataset
    try:
        return load_dataset(name, overrides)
    except ConfigError as error:
        if is_reader:
            raise
        expected = f"{error.expected}; or an experiment: its file, or the name of one that is shipped or was run"
        raise ConfigError(error.subject, got=error.got, expected=expected, remedy=error.remedy) from error


def _finished(name: str) -> "Experiment | None":
    """Return the experiment of that name as it was run last, or None if it never was."""
    from storage.finished import open_finished  # noqa: PLC0415
    from storage.history import History  # noqa: PLC0415
    from storage.remote_store import remote_store  # noqa: PLC0415
    from storage.settings import Settings  # noqa: PLC0415
    from storage.store import Store  # noqa: PLC0415

    settings = Settings()
    history = History(settings.reports_dir, name)
    if not history.page.is_file():
        return None
    store = Store(settings.store_dir, remote=remote_store(settings.remote_store))
    return open_finished(store, history.last()).experiment


def experiment_of(experiment: "str | Experiment") -> "Experiment":
    """Return the experiment itself, loaded if `experiment` is a file or the name of a shipped one.

    Raises:
        ConfigError: It is neither, or its file is invalid.
    """
    from seqrec.experiment_file import load_experiment  # noqa: PLC0415

    return load_experiment(find_experiment(experiment)) if isinstance(experiment, str) else experiment


def name_of_experiment(experiment: str) -> str:
    """Return the name under which the results of `experiment`, a file or a name, are stored.

    Raises:
        ConfigError: The file is invalid.
    """
    path = Path(experiment)
    if not path.is_file():
        return experiment
    with suppress(tomllib.TOMLDecodeError, UnicodeDecodeError):
        name = tomllib.loads(path.read_text(encoding="utf-8")).get("name")
        if isinstance(name, str):
            return name
    from seqrec.experiment_file import load_experiment  # noqa: PLC0415

    return load_experiment(path).name
