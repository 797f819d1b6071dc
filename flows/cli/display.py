"""The progress of a run: a permanent line for each finished step, and what the running steps do.

A terminal shows a live line for each running step. Elsewhere, a line says now and then what still runs.
"""

import logging
import re
import sys
import threading
import time
from itertools import chain
from textwrap import wrap
from types import TracebackType
from typing import Any, Self, TextIO, cast

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from tasks.progress import unwatch, watch

PIPED_WIDTH = 100_000
"""Characters per line if the output is not a terminal, which is more than any line has: nothing is wrapped or cut."""

_PADDING = re.compile(r"[ \t]+(?=\n)")

REMIND_S = 30.0
"""Seconds after which a running step is mentioned if the output is not a terminal."""

_MARKS = {
    "done": "[green]done[/]  ",
    "stored": "[cyan]stored[/]",
    "warned": "[bold yellow]warned[/]",
    "failed": "[bold red]failed[/]",
    "waiting": "[yellow]wait[/]  ",
    "note": "[yellow]note[/]  ",
}


class Display(logging.Handler):
    """Shows progress records while it is open.

    Args:
        console: Where they are shown.
        remind_s: Seconds after which a running step is mentioned again.
    """

    def __init__(self, console: Console, remind_s: float = REMIND_S) -> None:
        super().__init__(logging.INFO)
        self._console = console
        self._running: dict[str, tuple[float, str]] = {}
        self._live = Live(get_renderable=self._render, console=console, refresh_per_second=4, transient=True)
        self._remind_s = remind_s
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        watch(self)
        if self._console.is_terminal:
            self._live.start()
        else:
            threading.Thread(target=self._remind, name="display", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._console.is_terminal:
            self._live.stop()
        unwatch(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Show one progress record, or a warning of any part of the program."""
        if not hasattr(record, "step"):
            self._print(_MARKS["warned"], record.name.removeprefix("seqrec."), record.getMessage())
            return
        step, state, detail = (str(getattr(record, name)) for name in ("step", "state", "detail"))
        if state == "running":
            started, _ = self._running.get(step, (time.monotonic(), ""))
            self._running[step] = (started, detail)
            return
        if state not in {"waiting", "note"}:
            self._running.pop(step, None)
        if state != "over":
            self._print(_MARKS[state], step, detail)

    def _remind(self) -> None:
        while not self._ended.wait(self._remind_s):
            for step, (started, detail) in self._running.copy().items():
                elapsed_s = time.monotonic() - started
                if elapsed_s > self._remind_s:
                    self._print("...   ", step, f"{elapsed_s:,.0f} s, {detail}")

    def _print(self, mark: str, step: str, detail: str) -> None:
        show(self._console, mark, f"{step:32} {detail}")

    def _render(self) -> Table:
        table = Table.grid(padding=(0, 1))
        for step, (started, detail) in self._running.copy().items():
            elapsed = f"{time.monotonic() - started:4.0f} s"
            table.add_row(Text("…     ", style="yellow"), Text(f"{step:32}"), Text(elapsed, style="dim"), Text(detail))
        return table


def console(*, stderr: bool = False) -> Console:
    """Return a console on standard output or standard error.

    A terminal has colours, and its lines are wrapped at words. Elsewhere, lines are as long as they are.
    """
    file = sys.stderr if stderr else sys.stdout
    if file.isatty():
        return Console(file=file, highlight=False)
    return Console(file=cast("TextIO", _Unpadded(file)), highlight=False, soft_wrap=True, width=PIPED_WIDTH)


class _Unpadded:
    """A file to which lines are written without the blanks at their ends, with which tables are filled up."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        return self._file.write(_PADDING.sub("", text))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else a file has
        return getattr(self._file, name)


def show(out: Console, label: str, text: str) -> None:
    """Print a text after a label, which may have markup.

    On a terminal, further lines are indented as the first one. A word that is longer than a line, such as a path, stays
    whole, so that it can be copied.
    """
    lead = Text.from_markup(f"{label} ")
    if not out.soft_wrap:
        room = max(out.width - lead.cell_len, 1)
        wrapped = (wrap(line, room, break_long_words=False, break_on_hyphens=False) for line in text.splitlines())
        text = ("\n" + " " * lead.cell_len).join(chain.from_iterable(wrapped))
    out.print(lead + Text(text), soft_wrap=True, highlight=False)
