"""Finding an experiment by file or by the name of a shipped one."""

import tomllib
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path

from seqrec.errors import ConfigError


def shipped_experiments() -> dict[str, Path]:
    """Experiments that come with the program, by name."""
    folder = Path(str(files("deployments"))) / "experiments"
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def find_experiment(experiment: str) -> Path:
    """The file that `experiment` means: a path, or the name of a shipped experiment.

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


def name_of_experiment(experiment: str) -> str:
    """The name under which the results of `experiment`, a file or a name, are kept."""
    path = Path(experiment)
    return str(tomllib.loads(path.read_text(encoding="utf-8"))["name"]) if path.is_file() else experiment
