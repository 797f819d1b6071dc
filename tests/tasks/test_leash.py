"""A child on a leash ends when its parent lets go or dies, in order if it can."""

import os
import signal
import subprocess
import sys
from contextlib import suppress

import psutil

from tests.processes import until

CHILD = """
import sys, threading
from tasks import leash
leash.PATIENCE_S = 0.5
ended = threading.Event()
leash.watch(0, ended.set if sys.argv[1] == "orderly" else print)
print("watching", flush=True)
ended.wait()
sys.exit(7)
"""
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1], "orderly"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
sys.stdin.read()
"""


def test_a_child_ends_in_order_when_it_is_let_go() -> None:
    command = [sys.executable, "-c", CHILD, "orderly"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdin is not None
        child.stdout.readline()
        child.stdin.close()
        assert child.wait(60) == 7


def test_a_child_that_does_not_end_is_ended() -> None:
    command = [sys.executable, "-c", CHILD, "deaf"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdin is not None
        child.stdout.readline()
        child.stdin.close()
        assert child.wait(60) == 130


def test_a_child_ends_when_its_parent_is_killed() -> None:
    command = [sys.executable, "-c", PARENT, CHILD]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        os.kill(parent.pid, signal.SIGKILL)
        with suppress(psutil.NoSuchProcess):
            until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, patience_s=60.0)
