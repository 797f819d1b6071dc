"""The identities of processes that run, have ended, or can't be checked."""

import os
import signal
import subprocess
import sys

from storage.process_id import current_process, has_ended, is_running

SHOW = "from storage.process_id import current_process; print(current_process(), flush=True); input()"


def test_this_process_lives() -> None:
    assert not has_ended(current_process())
    assert is_running(current_process())


def test_a_killed_process_has_ended() -> None:
    child = subprocess.Popen([sys.executable, "-c", SHOW], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
    with child:
        assert child.stdout is not None
        owner = child.stdout.readline().strip()
        assert not has_ended(owner)
        child.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert has_ended(owner), "a zombie computes nothing"
    assert has_ended(owner)
    assert not is_running(owner)


def test_a_reused_id_is_another_process() -> None:
    host, pid, _ = current_process().rsplit("/", 2)
    assert has_ended(f"{host}/{pid}/1")


def test_other_hosts_can_not_be_checked() -> None:
    assert not has_ended("elsewhere.example/1/1")
    assert not is_running("elsewhere.example/1/1")
