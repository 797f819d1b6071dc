"""Progress on an output that is not a terminal."""

import logging
from io import StringIO

import pytest
from rich.console import Console
from rich.table import Table

from flows.cli.display import Display, console, show
from tasks.progress import announce
from tests.processes import until


def test_a_line_stays_for_each_step_that_ended() -> None:
    out = StringIO()
    with Display(Console(file=out, width=200)):
        announce("train a", "running", "epoch 1")
        announce("train a", "done", "2 epochs")
        announce("train b", "stored", "a detail with [brackets]")
        announce("audit clones", "warned", "many are alike")
        announce("train c", "failed", "the loss is NaN")
    announce("train d", "done", "nobody watches any more")
    assert [line.split(maxsplit=3) for line in out.getvalue().splitlines()] == [
        ["done", "train", "a", "2 epochs"],
        ["stored", "train", "b", "a detail with [brackets]"],
        ["warned", "audit", "clones", "many are alike"],
        ["failed", "train", "c", "the loss is NaN"],
    ]


def test_remarks_are_shown_at_once_and_some_steps_end_without_a_line() -> None:
    out = StringIO()
    with Display(Console(file=out, width=200)):
        announce("start", "running", "loading")
        announce("start", "note", "a database was repaired")
        announce("start", "over", "")
        announce("waiting", "waiting", "for a training slot, held by process 7")
    assert [line.split(maxsplit=2) for line in out.getvalue().splitlines()] == [
        ["note", "start", "a database was repaired"],
        ["wait", "waiting", "for a training slot, held by process 7"],
    ]


def test_a_step_that_takes_long_is_mentioned_again_and_again() -> None:
    out = StringIO()
    with Display(Console(file=out, width=200), remind_s=0.05):
        announce("train a", "running", "step 3 of 10")
        until(lambda: out.getvalue().count("\n") >= 3)
    lines = {line.replace("   ", " ").split()[0] + " " + line.split(", ")[-1] for line in out.getvalue().splitlines()}
    assert lines == {"... step 3 of 10"}


def test_a_terminal_wraps_at_words_and_indents() -> None:
    out, path = StringIO(), "/a/path/that/is/longer/than/one/line/of/this/terminal"
    show(
        Console(file=out, width=30, force_terminal=True), "[green]done[/]  ", f"some words that need a line {path} end"
    )
    coloured, *lines = out.getvalue().splitlines()
    assert "done" in coloured
    assert coloured.endswith("   some words that need a")
    assert [line.strip() for line in lines] == ["line", path, "end"]
    assert all(line.startswith(" " * 7) for line in lines)


def test_nothing_is_padded_where_no_terminal_is(capsys: pytest.CaptureFixture[str]) -> None:
    view = Table.grid(padding=(0, 2))
    view.add_row("a", "short")
    view.add_row("b", "long " * 50)
    console().print(view)
    console().print("half a line  ", end="")
    assert capsys.readouterr().out == f"a  short\nb  {'long ' * 50}".rstrip() + "\nhalf a line  "


def test_nothing_is_wrapped_where_no_terminal_is(capsys: pytest.CaptureFixture[str]) -> None:
    text = "many words " * 100 + "end"
    show(console(), "note   ", text)
    console().print(text)
    with Display(console()):
        announce("train a", "done", text)
    show(console(stderr=True), "error   ", text)
    captured = capsys.readouterr()
    assert [len(line) > len(text) - 2 for line in captured.out.splitlines()] == [True] * 3
    assert captured.err == f"error    {text}\n"


def test_warnings_of_any_part_are_shown_once() -> None:
    out = StringIO()
    with Display(Console(file=out, width=200)):
        logging.getLogger("seqrec.store").warning(
            "A damaged artifact is made again. %s: got %s.", "model/abc", "no file"
        )
        logging.getLogger("seqrec.store").info("not a warning")
        announce("audit", "warned", "look at this")
    logging.getLogger("seqrec.store").warning("after the end")
    lines = out.getvalue().splitlines()
    assert [line.split()[:2] for line in lines] == [["warned", "store"], ["warned", "audit"]]
    assert "A damaged artifact is made again. model/abc: got no file." in lines[0]
