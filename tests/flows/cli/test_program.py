"""The installed program, started once: tests that need a process of their own."""

import subprocess
from pathlib import Path

from tests.flows.tiny import TINY, write_tiny
from tests.processes import environment, program


def test_an_error_inside_the_flow_is_reported_without_a_traceback(tmp_path: Path) -> None:
    text = TINY.replace('name = "demo"\nn_users = 200\nn_items = 60', 'name = "amazon_2014"\ncategory = "Beauty"')
    command = [program("seqrec"), "run", str(write_tiny(tmp_path, text=text)), "--data", str(tmp_path / "nowhere")]
    root = tmp_path / "var"
    done = subprocess.run(
        command, env=environment(SEQREC_DATA_ROOT=root), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert [line.split()[0] for line in done.stderr.splitlines()] == ["error", "found", "expected", "remedy"]
    assert "nowhere" in done.stderr.splitlines()[0]
    assert done.stdout.splitlines()[:2] == [f"start  {tmp_path / 'tiny.toml'}", "Tiny shop"]
    assert {path.name for path in tmp_path.iterdir()} == {"tiny.toml", "var"}
