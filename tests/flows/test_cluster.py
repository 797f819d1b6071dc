"""A flow on a Dask cluster does what it does with threads, and leaves nothing behind when it is stopped or killed."""

import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from flows.runner import RunnerOfSettings
from seqrec.errors import ConfigError
from storage.settings import Settings
from tests.flows.test_killed import MARK, TWO_NETWORKS, checkpoints, in_the_making, marked, shown_as_running
from tests.flows.tiny import write_tiny
from tests.processes import environment, program, until


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQREC_RUNNER", "dask")
    monkeypatch.delitem(sys.modules, "flows.cluster", raising=False)
    monkeypatch.setitem(sys.modules, "dask", None)
    with pytest.raises(ConfigError, match=r"seqrec\[dask\]"):
        RunnerOfSettings().duplicate()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_stop_reaches_the_workers_and_leaves_no_process(tmp_path: Path, number: signal.Signals) -> None:
    pytest.importorskip("prefect_dask", reason="the extra `dask` is not installed")
    settings, mark = Settings(data_root=tmp_path / "var"), uuid.uuid4().hex
    told = environment(
        SEQREC_DATA_ROOT=settings.data_root, SEQREC_RUNNER="dask", SEQREC_CHECKPOINT_EVERY_S="0", OMP_NUM_THREADS=1
    )
    file = write_tiny(tmp_path, text=TWO_NETWORKS.replace("max_epochs = 20", "max_epochs = 2000"))
    with subprocess.Popen(
        [program("seqrec"), "run", str(file)],
        env=told | {MARK: mark},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as run:
        try:
            until(lambda: in_the_making(settings, "model") and checkpoints(settings) >= 3, run, patience_s=400.0)
            # Ctrl-C reaches all processes of a terminal.
            os.killpg(run.pid, number) if number == signal.SIGINT else run.send_signal(number)
            output, _ = run.communicate(timeout=120)
        finally:
            run.kill()
            for process in marked(mark) if sys.exc_info()[0] else []:
                process.kill()
    until(lambda: marked(mark) == [], patience_s=30.0)
    if number != signal.SIGKILL:
        assert run.returncode == 130, output
        assert "Traceback" not in output
        assert shown_as_running(settings) == []
    # Progress was heard from the workers, and each checkpoint of theirs is left.
    assert "done   train markov seed 0" in output
    assert checkpoints(settings) >= 3
