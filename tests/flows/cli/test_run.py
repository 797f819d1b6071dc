"""An experiment from the command line, and the results that it leaves."""

import html
import shlex
from pathlib import Path

from storage.history import History
from storage.settings import Settings
from tests.flows.command import Command
from tests.flows.tiny import write_tiny


def test_the_report_says_all_that_was_typed(command: Command, tmp_path: Path) -> None:
    typed = ["run", str(write_tiny(tmp_path)), "--models", "markov", "--set", "title=A shop & more", "--seeds", "1"]
    result = command(*typed, "--set", "comparison.reference=v_sknn")
    assert result.code == 0
    note = "the reference v_sknn is not among --models, so models are compared with the best floor instead"
    assert note in result.out
    assert "`seqrec history tiny` lists earlier runs, whose tables and reports are kept" in result.out
    page = History(Settings().reports_dir, "tiny").page.read_text(encoding="utf-8")
    assert shlex.join(["seqrec", *typed, "--set", "comparison.reference=v_sknn"]) in html.unescape(page)
