"""Who is at work."""

import os
import signal
import subprocess
import sys

from storage.owner import current_owner, is_dead

SHOW = "from storage.owner import current_owner; print(current_owner(), flush=True); input()"


def test_this_process_lives() -> None:
    assert not is_dead(current_owner())


def test_a_process_is_dead_after_it_was_killed() -> None:
    child = subprocess.Popen([sys.executable, "-c", SHOW], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
    with child:
        assert child.stdout is not None
        owner = child.stdout.readline().strip()
        assert not is_dead(owner)
        child.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert is_dead(owner), "a zombie computes nothing"
    assert is_dead(owner)


def test_a_reused_id_is_another_process() -> None:
    host, pid, _ = current_owner().rsplit("/", 2)
    assert is_dead(f"{host}/{pid}/1")


def test_of_another_host_nothing_is_known() -> None:
    assert not is_dead("elsewhere.example/1/1")
