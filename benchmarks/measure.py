"""Time and peak memory of one piece of work, in a process of its own, and the table that they go into."""

import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from storage.hardware import hardware
from storage.provenance import git_commit

STATUS = Path("/proc/self/status")


@dataclass(frozen=True, slots=True)
class Measured:
    """What a piece of work took."""

    wall_s: float
    cpu_s: float
    """Processor time of all threads, which a busy machine changes less than the clock."""
    peak_bytes: int
    """Largest resident set of the process, imports and mapped files included."""
    result: object
    """What the work returned."""


def measure(work: Callable[..., object], *arguments: object) -> Measured:
    """Runs `work` in a fresh process, so that no other work's memory or warm caches count.

    Imports come before the clock starts.
    """
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_measured, work, arguments).result()


def best_of(repeats: int, work: Callable[..., object], *arguments: object) -> Measured:
    """The fastest of several runs: other programs can only slow one down."""
    return min((measure(work, *arguments) for _ in range(repeats)), key=lambda measured: measured.wall_s)


def heading(title: str) -> str:
    """The line above a table: what, when, where, and how busy the machine was."""
    now = datetime.now(UTC).isoformat(timespec="minutes")
    return f"{title}. {now}, {hardware()}, load {os.getloadavg()[0]:.1f}, commit {git_commit() or 'unknown'}.\n"


def markdown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _measured(work: Callable[..., object], arguments: tuple[object, ...]) -> Measured:
    started, cpu_started = time.perf_counter(), time.process_time()
    result = work(*arguments)
    return Measured(time.perf_counter() - started, time.process_time() - cpu_started, _peak_bytes(), result)


def _peak_bytes() -> int:
    # The figure of getrusage would start at the size of the parent that this process was forked from.
    peak = next(line for line in STATUS.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM:"))
    return int(peak.split()[1]) * 1024
