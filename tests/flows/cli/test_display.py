"""Progress on an output that is not a terminal."""

from io import StringIO

from rich.console import Console

from flows.cli.display import Display
from tasks.progress import announce


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
