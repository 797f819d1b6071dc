"""Experiments and datasets as users write them: TOML files, and settings changed on the command line."""

import codecs
import tomllib
from collections.abc import Sequence
from pathlib import Path

from seqrec.config import name_of
from seqrec.config.errors import suggestion
from seqrec.config.overrides import Raw, override
from seqrec.config.validation import choose, validated
from seqrec.datasets import DATASETS
from seqrec.datasets.base import DatasetConfig
from seqrec.errors import ConfigError
from seqrec.experiment import Experiment
from seqrec.models import FLOORS


def load_experiment(
    path: Path, overrides: Sequence[str] = (), models: Sequence[str] | None = None, n_seeds: int | None = None
) -> Experiment:
    """Reads an experiment from a TOML file.

    Args:
        path: The file.
        overrides: Settings to change, such as `models.*.training.max_epochs=2`; see `override`.
        models: Labels of the models to keep; the floors and the base models of kept models always stay. If the
            reference of the comparison is not kept, the default reference takes its place.
        n_seeds: Train with the seeds 0 to `n_seeds` - 1 instead of those in the file.

    Raises:
        ConfigError: The file is missing or invalid TOML, a label is unknown, or settings are wrong; one error
            names all of them.
    """
    raw = override(_read(path), Experiment, overrides)
    if models is not None:
        raw = _keep_models(raw, models, path)
    if n_seeds is not None:
        raw = raw | {"seeds": list(range(n_seeds))}
    return validated(Experiment, raw, str(path))


def load_dataset(name: str, overrides: Sequence[str] = ()) -> DatasetConfig:
    """Returns a dump reader by its name, with settings such as `category=Beauty`.

    Raises:
        ConfigError: There is no such dataset, or a setting is wrong.
    """
    readers = {name_of(reader): reader for reader in DATASETS}
    raw: Raw = {"name": name}
    return choose(DATASETS, override(raw, readers[name], overrides) if name in readers else raw, "dataset", {})


def _read(path: Path) -> Raw:
    try:
        raw = path.read_bytes()
        # Windows tools write TOML with a byte order mark, or in UTF-16.
        encoding = "utf-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
        return tomllib.loads(raw.decode(encoding).replace("\r\n", "\n"))
    except FileNotFoundError as error:
        raise ConfigError(
            str(path), got="no such file", expected="an experiment in TOML", remedy="Check the path."
        ) from error
    except OSError as error:
        raise ConfigError(
            str(path),
            got=f"a file that can't be read: {error.strerror}",
            expected="an experiment in TOML",
            remedy="Check the path and its permissions.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            str(path),
            got=f"invalid TOML: {error}",
            expected="a TOML file",
            remedy="Correct the file at that place.",
        ) from error


def _keep_models(raw: Raw, labels: Sequence[str], path: Path) -> Raw:
    present = raw.get("models")
    models: Raw = present if isinstance(present, dict) else {}
    known = tuple(dict.fromkeys([*models, *FLOORS]))
    for label in labels:
        if label not in known:
            raise ConfigError(
                f"{path}: models",
                got=f"no model labelled '{label}'",
                expected=f"one of {', '.join(known)}",
                remedy=suggestion(label, known, "Choose one of them."),
            )
    whole = validated(Experiment, raw, str(path))
    wanted = {*whole.with_bases(tuple(labels)), *FLOORS}
    kept = raw | {"models": {label: model for label, model in models.items() if label in wanted}}
    comparison = raw.get("comparison")
    if isinstance(comparison, dict) and comparison.get("reference") in set(models) - set(kept["models"]):
        kept["comparison"] = {key: value for key, value in comparison.items() if key != "reference"}
    return kept
