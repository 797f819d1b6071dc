"""An experiment that takes a second, with every stage and every kind of model, and without files to read."""

import sqlite3
from contextlib import closing
from pathlib import Path

from seqrec.experiment import Experiment
from seqrec.experiment_file import load_experiment

TINY = """
name = "tiny"
title = "Tiny shop"
seeds = [0, 1]

[dataset]
name = "demo"
n_users = 200
n_items = 60

[protocol]
core = { users = 2, items = 2 }
split = { name = "temporal" }

[encoders.lsa]
name = "lsa"
dim = 8

[comparison]
reference = "markov"

[models.v_sknn]
name = "sknn"
sampling = "recent"

[models.llm_seq_sim]
name = "llm_seq_sim"
source = { encoder = "lsa" }

[models.sasrec]
name = "sasrec"
dim = 8
n_layers = 1
n_heads = 1
max_len = 10
training = { max_epochs = 2 }
"""

SMALL = """
name = "small"
seeds = [0]

[dataset]
name = "demo"
n_users = 200
n_items = 60

[protocol]
core = { users = 2, items = 2 }
split = { name = "temporal" }

[models.v_sknn]
name = "sknn"
sampling = "recent"
"""
"""The same without networks."""

LABELS = {"most_popular", "markov", "recency", "v_sknn", "llm_seq_sim", "sasrec"}


def write_tiny(folder: Path, name: str = "tiny.toml", text: str = TINY) -> Path:
    """Write the experiment as a file in `folder`."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def tiny(folder: Path, *overrides: str) -> Experiment:
    """Return the experiment, with some settings changed."""
    return load_experiment(write_tiny(folder), overrides)


def listing(folder: Path) -> dict[str, int]:
    """Return every file under `folder` that is not hidden, with the time of its last change."""
    return {
        str(path.relative_to(folder)): path.stat().st_mtime_ns
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }


def rows_of(database: Path, query: str) -> list[tuple[object, ...]]:
    """Return the rows of a query to an SQLite file."""
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()
