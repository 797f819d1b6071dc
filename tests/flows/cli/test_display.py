"""Progress on an output that is not a terminal."""

from io import StringIO

from rich.console import Console

from flows.cli.display import Display
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
