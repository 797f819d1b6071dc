"""Single bits that are flipped in a finished data root, and whether what reads the files notices.

    python -m benchmarks.flips --flips 60
    python -m benchmarks.flips --flips 60 --experiment beauty-temporal --data FOLDER \
        --option --models=sasrec --option --set=protocol.sampled_users=2000

Each kind of file of the store is flipped in random places, and opened as a run opens it. Then one flip per kind is
followed by a whole run, whose table must be the very bytes of the first. Two kinds of flip are harmless by nature:
white space between the members of a manifest, and bytes of a database that hold nothing.
"""

import logging
import random
import shutil
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import torch
import typer

from benchmarks.kills import Command
from benchmarks.measure import heading, markdown
from flows.server_database import complete
from seqrec.errors import StorageError
from seqrec.types import State
from storage.catalogue import Catalogue
from storage.checkpoints import Checkpoints
from storage.manifest import MANIFEST
from storage.store import Store
from storage.tracking import Tracker
from storage.vector_file import open_vectors

N_VECTORS = 200
SAME = {None: "", True: "the same", False: "another"}


@dataclass(slots=True)
class Tally:
    """What became of the flips in one kind of file."""

    noticed: int = 0
    harmless: int = 0
    """Flips that changed nothing that is read."""
    unnoticed: int = 0


@contextmanager
def flipped(file: Path, draws: random.Random) -> Iterator[None]:
    """Flip a bit in a file; it is whole again after the block."""
    whole = file.read_bytes()
    content, place = bytearray(whole), draws.randrange(len(whole))
    content[place] ^= 1 << draws.randrange(8)
    file.write_bytes(content)
    try:
        yield
    finally:
        file.write_bytes(whole)


def count(files: Sequence[Path], flips: int, read: Callable[[Path], object], draws: random.Random) -> Tally:
    """Flip bits in files of one kind, and compare what is read with what was there.

    Args:
        files: Files of the kind.
        flips: Number of flips.
        read: Returns the content of a file; it raises an error of the store or the database, or returns None, if it
            notices damage.
        draws: Draws the files, the places and the bits.
    """
    tally, contents = Tally(), {file: read(file) for file in files}
    for _ in range(flips):
        file = draws.choice(files)
        with flipped(file, draws):
            try:
                content = read(file)
            except (StorageError, sqlite3.DatabaseError):
                content = None
        if content is None:
            tally.noticed += 1
        elif content == contents[file]:
            tally.harmless += 1
        else:
            tally.unnoticed += 1
    return tally


def kinds_of(root: Path) -> dict[str, list[Path]]:
    """Return the files of the store in a data root by kind of artifact and name."""
    store = root / "store"

    def kind(file: Path) -> str:
        artifact, _, *names = file.relative_to(store).parts
        return f"{artifact}/{'/'.join(names)}"

    files = [
        file for file in store.rglob("*") if file.is_file() and not file.relative_to(store).parts[0].startswith(".")
    ]
    return {name: list(same) for name, same in groupby(sorted(files, key=kind), kind) if name}


def artifact(root: Path) -> Callable[[Path], object]:
    """Return what opens the artifact that a file belongs to."""
    store = Store(root / "store")

    def read(file: Path) -> object:
        kind, key, *_ = file.relative_to(root / "store").parts
        opened = store.open(kind, key)
        return opened.facts, opened.files, None if file.name == MANIFEST else file.read_bytes()

    return read


def databases(root: Path, flips: int, draws: random.Random) -> dict[str, Tally]:
    """Flip bits in the databases of a data root, in vectors that cost money, and in a checkpoint."""
    vectors, checkpoint = root / "flips" / "vectors.sqlite", root / "flips" / "checkpoint"
    vectors.parent.mkdir()
    digests = [f"{n:064x}" for n in range(N_VECTORS)]
    with open_vectors(vectors) as kept:
        kept.add(digests, np.random.default_rng(0).standard_normal((N_VECTORS, 64), np.float32))
    Checkpoints(checkpoint).save(State({"weights": torch.arange(1_000.0)}, {}), [])

    def read_vectors(file: Path) -> object:
        with open_vectors(file) as kept:
            n_damaged, left = kept.drop_damaged(digests), kept.digests().intersection(digests)
            whole = len(left) == N_VECTORS and not n_damaged
            return kept.read(digests).tobytes() if whole else None

    def read_checkpoint(_: Path) -> object:
        loaded = Checkpoints(checkpoint).load()
        return None if loaded is None else loaded[0].tensors["weights"].tolist()

    def read_catalogue(file: Path) -> object:
        return Catalogue(file).query("select * from leaderboard").rows()

    def read_mlflow(file: Path) -> object:
        Tracker(f"sqlite:///{file}", root / "flips" / "artifacts").reap()
        return _rows(file)

    def read_prefect(file: Path) -> object:
        aside = complete(file)
        return None if aside is not None else _rows(file)

    return {
        "vectors of texts": count([vectors], flips, read_vectors, draws),
        "checkpoint": count([file for file in checkpoint.rglob("*") if file.is_file()], flips, read_checkpoint, draws),
        "catalogue.duckdb": count([root / "catalogue.duckdb"], flips, read_catalogue, draws),
        "mlflow.db": count([root / "mlflow" / "mlflow.db"], flips, read_mlflow, draws),
        "prefect.db": count([root / "prefect" / "prefect.db"], flips, read_prefect, draws),
    }


def _rows(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        connection.text_factory = bytes
        tables = [
            name.decode() for (name,) in connection.execute("select name from sqlite_master where type = 'table'")
        ]
        return [repr(row) for table in sorted(tables) for row in connection.execute(f'select * from "{table}"')]  # noqa: S608


def runs(command: Command, kinds: dict[str, list[Path]], draws: random.Random) -> dict[str, bool]:
    """Flip one bit in each kind of file, run the experiment, and return whether its table was the same."""
    table, same = command.table(), {}
    for kind, files in kinds.items():
        file = draws.choice(files)
        content = bytearray(file.read_bytes())
        content[draws.randrange(len(content))] ^= 1 << draws.randrange(8)
        file.write_bytes(content)
        command.finish()
        same[kind] = command.table() == table
    return same


def main(
    flips: Annotated[int, typer.Option(help="Number of flips in each kind of file.")] = 60,
    experiment: Annotated[str, typer.Option(help="File or name of the experiment.")] = "demo",
    data: Annotated[Path, typer.Option(help="Folder of its dump.")] = Path(),
    option: Annotated[list[str] | None, typer.Option(help="Further option of the run. May be repeated.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the places.")] = 0,
) -> None:
    """Flip bits, print what became of them, and exit with 1 if one changed something unnoticed."""
    draws = random.Random(seed)
    # Every flip that is noticed is a warning.
    logging.disable(logging.WARNING)
    with TemporaryDirectory(prefix="seqrec-flips-") as folder:
        root = Path(folder) / "root"
        options = ["--data", str(data.absolute()), *(option or [])]
        command = Command(experiment, options, root, uuid.uuid4().hex)
        command.finish()
        kinds = kinds_of(root)
        read = artifact(root)
        tallies = {kind: count(files, flips, read, draws) for kind, files in kinds.items()}
        shutil.copytree(root, copy := Path(folder) / "copy")
        tallies |= databases(copy, flips, draws)
        same = runs(command, kinds, draws)
    print(heading(f"Flipped bits in a data root of {experiment}"))
    rows = [
        [kind, *map(str, (tally.noticed, tally.harmless, tally.unnoticed)), SAME[same.get(kind)]]
        for kind, tally in tallies.items()
    ]
    print(markdown(["file", "noticed", "harmless", "unnoticed", "table after a run"], rows))
    raise typer.Exit(any(tally.unnoticed for tally in tallies.values()) or not all(same.values()))


if __name__ == "__main__":
    typer.run(main)
