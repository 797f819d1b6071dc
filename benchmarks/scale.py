"""What one machine carries: a whole run and the lists of all users, on as many interactions as one wishes.

    python -m benchmarks.scale --rows 10000000
    python -m benchmarks.scale --rows 100000000 --no-network

The commands are those of a user, in processes of their own: `seqrec run`, `seqrec promote` and `seqrec score`. The
table has the time from one line of their output to the next that says that a step is done, and the largest resident
memory of all their processes together until then. Steps that run side by side share both.
"""

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import psutil
import typer

from benchmarks.dumps import write_interactions
from benchmarks.measure import heading, markdown

POLL_S = 0.2
LABELLED = {"train", "evaluate", "package"}
NAME = "scale"
EXPERIMENT = f"""
name = "{NAME}"
seeds = [0]

[dataset]
name = "table"
events = {{ file = "interactions.parquet" }}

[protocol]
core = {{ users = 5, items = 5 }}
max_cases = 10000
split = {{ name = "temporal" }}
"""
NETWORK = """
[models.sasrec]
name = "sasrec"
dim = 64
loss = { name = "gbce", n_negatives = 64 }
training = { max_epochs = 1 }
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a command, as its output tells it."""

    what: str
    wall_s: float
    peak_bytes: int


class Memory:
    """The largest resident memory of a process and its descendants, sampled while it runs."""

    def __init__(self, pid: int) -> None:
        self.peak_bytes = 0
        self._process = psutil.Process(pid)
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        with suppress(psutil.NoSuchProcess):
            while self._process.is_running() and self._process.status() != psutil.STATUS_ZOMBIE:
                self.peak_bytes = max(self.peak_bytes, self._resident())
                time.sleep(POLL_S)

    def _resident(self) -> int:
        total = 0
        for process in [self._process, *self._process.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss
        return total


def run(root: Path, *arguments: str) -> list[Step]:
    """Run a command of the program, and return its steps.

    Raises:
        SystemExit: It failed.
    """
    command = [sys.executable, "-c", "from flows.cli import main; main()", *arguments]
    variables = os.environ | {"SEQREC_DATA_ROOT": str(root), "COLUMNS": "200"}
    steps: list[Step] = []
    with subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True) as process:
        memory, last = Memory(process.pid), time.monotonic()
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", file=sys.stderr, flush=True)
            state, _, what = line.partition(" ")
            if state == "done":
                now = time.monotonic()
                add(steps, Step(name_of(what), now - last, memory.peak_bytes))
                last = now
    if process.returncode:
        raise SystemExit(f"`seqrec {' '.join(arguments)}` ended with code {process.returncode}.")
    return steps


def name_of(what: str) -> str:
    """Return the name of a step that is done: its verb, and its label if there are several of that verb."""
    verb, label, *_ = [*what.split(), ""]
    return f"{verb} {label}" if verb in LABELLED else verb


def add(steps: list[Step], step: Step) -> None:
    """Add a step, or add its time to the last one if that has the same name."""
    if steps and steps[-1].what == step.what:
        step = Step(step.what, steps.pop().wall_s + step.wall_s, step.peak_bytes)
    steps.append(step)


def main(
    *,
    rows: Annotated[int, typer.Option(help="Number of interactions.")] = 10_000_000,
    network: Annotated[bool, typer.Option(help="Train a network for one epoch.")] = True,
    lists: Annotated[bool, typer.Option(help="Write the lists of all users.")] = True,
) -> None:
    """Generate a dump in a temporary folder, run everything on it, and print the steps."""
    with TemporaryDirectory(prefix="seqrec-scale-") as temporary:
        folder = Path(temporary)
        write_interactions(folder / "interactions.parquet", rows)
        file = folder / f"{NAME}.toml"
        file.write_text(EXPERIMENT + (NETWORK if network else ""), encoding="utf-8")
        commands = [["run", str(file), "--data", str(folder)]]
        if lists:
            commands += [["promote", NAME, "--model", "markov", "--force", "its lists are timed"], ["score", NAME]]
        steps = [(command[0], step) for command in commands for step in run(folder / "var", *command)]
    print(heading(f"{rows:,} interactions"))
    cells = [[name, step.what, f"{step.wall_s:.1f}", f"{step.peak_bytes / 1e9:.1f}"] for name, step in steps]
    print(markdown(["command", "step", "wall s", "peak GB so far"], cells))


if __name__ == "__main__":
    typer.run(main)
