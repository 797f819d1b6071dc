"""Commands that only look something up answer at once, because they import no heavy library."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.conftest import Finished
from tests.processes import environment

HEAVY = {"torch", "prefect", "mlflow", "sklearn", "polars", "pyarrow", "scipy", "pandas", "duckdb", "httpx"}

ASK = """
import json, sys
from flows.cli.app import start
try:
    start()
except SystemExit as ended:
    print(json.dumps([ended.code, sorted(set(sys.modules))]), file=sys.stderr)
"""


def imported(folder: Path, *arguments: str) -> set[str]:
    """Return the modules that a command imports."""
    command = [sys.executable, "-c", ASK, *arguments]
    done = subprocess.run(command, env=environment(SEQREC_DATA_ROOT=folder), capture_output=True, text=True, check=True)
    code, modules = json.loads(done.stderr.splitlines()[-1])
    assert code in {0, None}
    assert done.stdout
    return set(modules)


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["list"], ["describe", "models.sasrec"]])
def test_help_and_lists_are_quick(arguments: list[str], tmp_path: Path) -> None:
    assert imported(tmp_path, *arguments) & HEAVY == set()


def test_a_leaderboard_is_quick(finished: Finished) -> None:
    root = finished.settings.data_root
    assert imported(root, "leaderboard", "tiny") & HEAVY == set()
    assert imported(root, "leaderboard", str(finished.file), "--json") & HEAVY == set()
