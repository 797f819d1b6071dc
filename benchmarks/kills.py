"""Runs that are killed or stopped at random instants, and what the next run makes of them.

    python -m benchmarks.kills --kills 100 --stops 100
    python -m benchmarks.kills --kills 10 --stops 10 --experiment beauty-temporal --data FOLDER \
        --option --models=sasrec --option --set=protocol.users=2000

An undisturbed run gives the table and its time. Then runs in a fresh data root are interrupted at instants drawn from
that time, or from that of a run that continued: half of the kills hit all processes of the run, half its main process
alone. Every so many interruptions, a run is left alone to its end. Its table must be the very bytes of the undisturbed
one, and nothing that was finished before may have been made again. After every interruption, no process may be left,
and after a stop in order or a finished run, no tracker may show anything as running.
"""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from collections import deque
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal

import psutil
import typer

from benchmarks.measure import heading, markdown
from flows.experiments import name_of_experiment
from storage.locks import take

Way = Literal["killed, all processes", "killed, main process", "SIGINT", "SIGTERM"]
KILLS: tuple[Way, ...] = ("killed, all processes", "killed, main process")
STOPS: tuple[Way, ...] = ("SIGINT", "SIGTERM")

MARK = "KILLS_MARK"
"""Variable of the environment by which all processes of a run are known, whoever started them."""
LEAVING_S = 15.0
STOP_S = 60.0
SLOW_STOP_S = 5.0
"""Seconds from which on a stop is told with what the run said last."""
LAST_LINES = 12
NOT_IN_TIME = "It did not end in time."
RUNNING = {
    "prefect/prefect.db": "select id from {} where state_type in ('RUNNING', 'CANCELLING')",
    "mlflow/mlflow.db": "select run_uuid from runs where status = 'RUNNING'",
}


@dataclass(slots=True)
class Tally:
    """What became of the interruptions of one way."""

    n: int = 0
    other_tables: int = 0
    repeated: int = 0
    """Finished files that were made again."""
    processes_left: int = 0
    locks_left: int = 0
    running_left: int = 0
    """Entries that a tracker still shows as running."""
    wrong_codes: int = 0
    abandoned: int = 0
    """Stops that did not end in order in time, and left the rest to the next run, as they promise."""
    stop_s: list[float] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing went wrong."""
        faults = (self.other_tables, self.repeated, self.processes_left, self.locks_left, self.running_left)
        return not any(faults) and not self.wrong_codes


@dataclass(frozen=True, slots=True)
class Command:
    """A run of an experiment in a data root."""

    experiment: str
    options: Sequence[str]
    root: Path
    mark: str

    def start(self) -> subprocess.Popen[bytes]:
        """Start it in a process group of its own; it returns when Python runs and the command has said something."""
        variables = os.environ | {"SEQREC_DATA_ROOT": str(self.root), "SEQREC_CHECKPOINT_EVERY_S": "1", MARK: self.mark}
        command = [sys.executable, "-c", "from flows.cli import main; main()", "run", self.experiment, *self.options]
        run = subprocess.Popen(
            command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
        )
        assert run.stdout is not None
        # What it says further fits into the pipe.
        run.stdout.readline()
        return run

    def finish(self) -> float:
        """Run it to its end, and return the seconds."""
        started = time.monotonic()
        with self.start() as run:
            code = run.wait()
        if code != 0:
            raise SystemExit(f"The run ended with code {code}.")
        return time.monotonic() - started

    def table(self) -> bytes:
        """Return the table of the last run."""
        command = [sys.executable, "-c", "from flows.cli import main; main()", "leaderboard"]
        arguments = [name_of_experiment(self.experiment), "--json"]
        variables = os.environ | {"SEQREC_DATA_ROOT": str(self.root)}
        return subprocess.run([*command, *arguments], env=variables, check=True, capture_output=True).stdout

    def finished(self) -> dict[str, int]:
        """Return every finished file with the time of its last change."""
        store = self.root / "store"
        return {
            str(path.relative_to(store)): path.stat().st_mtime_ns
            for path in store.rglob("*")
            if path.is_file() and not path.relative_to(store).parts[0].startswith(".")
        }


def interrupt(run: subprocess.Popen[bytes], way: Way, tally: Tally, command: Command, before: set[str]) -> None:
    """Interrupt a run, and count what it leaves besides the entries that were shown as running before it."""
    started = time.monotonic()
    match way:
        case "killed, all processes":
            os.killpg(run.pid, signal.SIGKILL)
        case "killed, main process":
            run.kill()
        case "SIGINT" | "SIGTERM":
            run.send_signal(signal.Signals[way])
    with suppress(subprocess.TimeoutExpired):
        run.wait(STOP_S)
    if way in STOPS:
        tally.stop_s.append(time.monotonic() - started)
        assert run.stdout is not None
        said = run.stdout.read().decode(errors="replace")
        if tally.stop_s[-1] > SLOW_STOP_S:
            last = said.splitlines()[-LAST_LINES:]
            print(
                f"{way} took {tally.stop_s[-1]:.1f} s. It said last:", *last, sep="\n    ", file=sys.stderr, flush=True
            )
        # A run that is over while it closes what is open keeps its own code.
        tally.wrong_codes += run.returncode not in {0, 130}
        if NOT_IN_TIME in said:
            tally.abandoned += 1
        else:
            # A run that is stopped at once leaves what was killed before to the next one.
            tally.running_left += len(running_in(command.root) - before)
    tally.processes_left += processes_left(command.mark)
    tally.locks_left += locks_held(command.root)


def processes_left(mark: str) -> int:
    """Return the number of marked processes that do not end by themselves, and end them."""
    deadline = time.monotonic() + LEAVING_S
    # A process that is just being started has no environment yet, so nobody may be there twice.
    while (left := [*_marked(mark), *_marked_later(mark)]) and time.monotonic() < deadline:
        pass
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    return len(left)


def _marked_later(mark: str) -> list[psutil.Process]:
    time.sleep(0.2)
    return _marked(mark)


def _marked(mark: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def locks_held(root: Path) -> int:
    """Return the number of lock files that somebody holds."""
    n_held = 0
    for path in [*root.rglob("*.lock"), *root.glob("store/.locks/*")]:
        lock = take(path)
        if lock is None:
            n_held += 1
        else:
            lock.release()
    return n_held


def running_in(root: Path) -> set[str]:
    """Return the ids of the entries that Prefect and MLflow show as running."""
    running: set[str] = set()
    for file, query in RUNNING.items():
        tables = ("flow_run", "task_run") if "{}" in query else ("runs",)
        if (root / file).exists():
            with closing(sqlite3.connect(root / file)) as connection:
                running |= {str(one) for table in tables for (one,) in connection.execute(query.format(table))}
    return running


def measure(
    experiment: str, options: Sequence[str], ways: Sequence[Way], checked_every: int, folder: Path, seed: int = 0
) -> dict[Way, Tally]:
    """Interrupt one run in each of the `ways`, and return what became of them.

    Args:
        experiment: File or name of the experiment.
        options: Further options of `seqrec run`.
        ways: How to interrupt, one after the other.
        checked_every: After this many interruptions, a run is left alone and its results are checked.
        folder: Empty folder for data roots.
        seed: Seed of the instants.
    """
    draws, tallies = random.Random(seed), {way: Tally() for way in dict.fromkeys(ways)}
    undone = deque(ways)
    whole = Command(experiment, options, folder / "whole", uuid.uuid4().hex)
    whole_s = whole.finish()
    table = whole.table()
    command = Command(experiment, options, folder / "root-0", uuid.uuid4().hex)
    done: dict[str, int] = {}
    since: list[Tally] = []
    n_roots = 0
    # A run that continues is over sooner than one that starts anew.
    fresh_s = continued_s = whole_s
    while undone or since:
        way = undone[0] if undone and len(since) < checked_every else None
        started, before = time.monotonic(), running_in(command.root)
        with command.start() as run:
            with suppress(subprocess.TimeoutExpired):
                run.wait(None if way is None else draws.uniform(0.0, continued_s if since else fresh_s))
            if way is not None and run.poll() is None:
                undone.popleft()
                tally = tallies[way]
                tally.n += 1
                interrupt(run, way, tally, command, before)
                since.append(tally)
                # Files in two listings must agree, so the first one counts.
                done = command.finished() | done
                continue
        # This run was left alone, or was over before its interruption.
        if run.returncode != 0:
            raise SystemExit(f"A run that nobody interrupted ended with code {run.returncode}.")
        if not since:
            fresh_s = time.monotonic() - started
        else:
            continued_s = time.monotonic() - started
            now, last = command.finished(), since[-1]
            last.other_tables += command.table() != table
            last.repeated += sum(now.get(path) != changed for path, changed in done.items())
            last.running_left += len(running_in(command.root))
            last.processes_left += processes_left(command.mark)
            n_faulty = sum(not tally.is_clean for tally in tallies.values())
            print(f"{len(undone)} of {len(ways)} to come; ways with faults: {n_faulty}", file=sys.stderr, flush=True)
        n_roots += 1
        command, done, since = Command(experiment, options, folder / f"root-{n_roots}", uuid.uuid4().hex), {}, []
    return tallies


def main(
    kills: Annotated[int, typer.Option(help="Number of kills.")] = 10,
    stops: Annotated[int, typer.Option(help="Number of stops by SIGINT and SIGTERM.")] = 10,
    experiment: Annotated[str, typer.Option(help="File or name of the experiment.")] = "demo",
    data: Annotated[Path, typer.Option(help="Folder of its dump.")] = Path(),
    option: Annotated[list[str] | None, typer.Option(help="Further option of the run. May be repeated.")] = None,
    checked_every: Annotated[int, typer.Option(help="Interruptions before a run is left alone and checked.")] = 1,
    seed: Annotated[int, typer.Option(help="Seed of the instants.")] = 0,
) -> None:
    """Interrupt runs, print what became of them, and exit with 1 if anything went wrong."""
    ways = [KILLS[n % 2] for n in range(kills)] + [STOPS[n % 2] for n in range(stops)]
    with TemporaryDirectory(prefix="seqrec-kills-") as folder:
        options = ["--data", str(data.absolute()), *(option or [])]
        tallies = measure(experiment, options, ways, checked_every, Path(folder), seed)
    print(heading(f"Interrupted runs of {experiment}"))
    columns = ["way", "interrupted", "other table", "made again", "processes left", "locks left"]
    rows = []
    for way, tally in tallies.items():
        counts = [tally.n, tally.other_tables, tally.repeated]
        counts += [tally.processes_left, tally.locks_left, tally.running_left, tally.wrong_codes, tally.abandoned]
        slowest = f"{max(tally.stop_s):.1f}" if tally.stop_s else ""
        rows.append([way, *map(str, counts), slowest])
    print(markdown([*columns, "shown as running", "wrong exit code", "not in order", "slowest stop s"], rows))
    raise typer.Exit(not all(tally.is_clean for tally in tallies.values()))


if __name__ == "__main__":
    typer.run(main)
