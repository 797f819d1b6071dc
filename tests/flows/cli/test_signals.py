"""Signals end a command in order, a second Ctrl-C at once, and nothing that hangs is waited for."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

WORK = """
import atexit, sys, threading, time
from flows.cli import signals
from seqrec import stop
signals.PATIENCE_S = float(sys.argv[2])
def work():
    print("working", flush=True)
    if sys.argv[1] == "orderly":
        try:
            while True:
                stop.pause(0.01)
        except stop.Stopped:
            print("saved", flush=True)
    else:
        time.sleep(60)
        print("slept", flush=True)
def close():
    print("closing", flush=True)
    time.sleep(0.5)
    print("closed", flush=True)
def main():
    if sys.argv[1] == "over":
        atexit.register(close)
        sys.exit(3)
    ended = threading.Event()
    try:
        threading.Thread(target=lambda: (work(), ended.set())).start()
        ended.wait()
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        ended.wait()
        sys.exit(signals.EXIT_CODE)
signals.run(main)
"""


@contextmanager
def working(kind: str, patience_s: float) -> "Iterator[subprocess.Popen[str]]":
    """Start work of a kind: `orderly`, `deaf` to the request to stop, or `over` and about to close what is open."""
    command = [sys.executable, "-c", WORK, kind, str(patience_s)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() in {"working\n", "closing\n"}
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_threads_end_in_order(number: signal.Signals) -> None:
    with working("orderly", 60.0) as process:
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert sorted(out.splitlines()) == ["interrupted", "saved"]
    assert err == ""


def test_a_second_interruption_leaves_at_once() -> None:
    with working("deaf", 60.0) as process:
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        assert process.stdout.readline() == "interrupted\n"
        while process.poll() is None:
            # The first ones are taken for the same, until some time has passed.
            process.send_signal(signal.SIGINT)
            try:
                process.wait(0.2)
            except subprocess.TimeoutExpired:
                continue
        out, err = process.communicate()
    assert process.returncode == 130
    assert (out, err.split()[0]) == ("", "stopped")
    assert "at once" in err


def test_what_hangs_is_left() -> None:
    with working("deaf", 0.5) as process:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == "interrupted\n"
    assert "did not end in time" in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_over_closes_everything_and_keeps_its_code(number: signal.Signals) -> None:
    with working("over", 60.0) as process:
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (3, "closed\n", "")


@pytest.mark.parametrize(
    ("ends", "code"),
    [("raise KeyboardInterrupt", 130), ("sys.exit()", 0), ("sys.exit(2)", 2), ("sys.exit('why')", 1), ("1 / 0", 1)],
)
def test_the_exit_code_is_that_of_the_command(ends: str, code: int) -> None:
    program = f"import sys\nfrom flows.cli import signals\ndef command():\n    {ends}\nsignals.run(command)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert ("Traceback" in done.stderr) == (ends == "1 / 0")
