from pathlib import Path

import nbformat

from tests.docs.notebook import NOTEBOOK, executed, outputs


def test_the_notebook_runs_and_shows_what_it_shows(tmp_path: Path) -> None:
    assert outputs(executed(tmp_path)) == outputs(nbformat.read(NOTEBOOK, as_version=4))
    assert not list(tmp_path.iterdir()), "nothing is written"
