"""The identities of processes that run, have ended, or can't be checked."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from storage.process_id import current_process, family_of, has_ended, identity_of, is_running

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


FORK = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
print(child.pid, flush=True)
input()
"""


@pytest.mark.parametrize("killed", [False, True])
def test_the_family_of_a_process_outlives_it(killed: bool) -> None:
    command = [sys.executable, "-c", FORK]
    first = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True, start_new_session=True)
    with first:
        assert first.stdout is not None
        owner, child = identity_of(first.pid), psutil.Process(int(first.stdout.readline()))
        assert [process.pid for process in family_of(owner)] == [first.pid, child.pid]
        host, pid, _ = owner.rsplit("/", 2)
        assert family_of(f"{host}/{pid}/1") == [], "the id was reused"
        assert family_of(f"elsewhere.example/{pid}/1") == []
        if killed:
            child.suspend()
            first.kill()
            first.wait()
            assert [process.pid for process in family_of(owner)] == [child.pid]
        child.kill()
        first.kill()
