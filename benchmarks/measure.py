"""Measurement of time and peak memory of one piece of work, in its own process, and tables of the results."""

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
    """Time and peak memory of a piece of work."""

    wall_s: float
    cpu_s: float
    """Processor time of all threads, which varies less on a busy machine than wall time."""
    peak_bytes: int
    """Peak resident set size of the process, including imports and mapped files."""
    result: object
    """Return value of the work."""


def measure(work: Callable[..., object], *arguments: object) -> Measured:
    """Run `work` in a fresh process, so that memory and warm caches of other work do not count.

    The clock starts after the imports.
    """
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_measured, work, arguments).result()


def best_of(repeats: int, work: Callable[..., object], *arguments: object) -> Measured:
    """Return the fastest of several runs, since other programs can only slow a run down."""
    return min((measure(work, *arguments) for _ in range(repeats)), key=lambda measured: measured.wall_s)


def heading(title: str) -> str:
    """Return the line above a table: title, time, machine, load and commit."""
    now = datetime.now(UTC).isoformat(timespec="minutes")
    return f"{title}. {now}, {hardware()}, load {os.getloadavg()[0]:.1f}, commit {git_commit() or 'unknown'}.\n"


def markdown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _measured(work: Callable[..., object], arguments: tuple[object, ...]) -> Measured:
    started, cpu_started = time.perf_counter(), time.process_time()
    result = work(*arguments)
    return Measured(time.perf_counter() - started, time.process_time() - cpu_started, _peak_bytes(), result)


def _peak_bytes() -> int:
    # The figure of getrusage would start at the size of the parent process.
    peak = next(line for line in STATUS.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM:"))
    return int(peak.split()[1]) * 1024
