"""Runs that somebody stops: everything that they do ends, and both trackers show them as cancelled."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import copy_context
from functools import partial
from typing import Any, Final
from uuid import UUID

import httpx
from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.runtime import deployment
from prefect.states import Cancelled

from seqrec import stop
from tasks.progress import announce
from tasks.resources import open_resources

POLL_S: Final = 1.0
TIMEOUT_S: Final = 5.0


@contextmanager
def stoppable(flow_run_id: UUID) -> Iterator[None]:
    """During the block, a stop of the main thread stops all threads, and a cancellation in Prefect stops the process.

    Prefect's own workers stop the process of a run that they started.
    """
    ended = threading.Event()
    if deployment.id is None:
        # The settings of Prefect belong to the context of a thread.
        watch = partial(copy_context().run, _watch, flow_run_id, ended)
        threading.Thread(target=watch, name="cancellation", daemon=True).start()
    try:
        yield
    except BaseException as error:
        if not isinstance(error, Exception):
            stop.request()
        raise
    finally:
        ended.set()


def cancel_if_stopped(flow: Flow[Any, Any], flow_run: FlowRun, state: State[Any]) -> None:  # noqa: ARG001 - a hook
    """Correct what Prefect says of a run that was stopped: it takes every interruption for a crash."""
    if not stop.is_requested():
        return
    cancelled: State[Any] = Cancelled(message="It was stopped; the next run resumes.")
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(flow_run.id, cancelled, force=True)
    if "mlflow" in sys.modules:
        # An interruption may come between the start of a run there and the block that closes it.
        open_resources().tracker.reap(own=True)
    announce(f"run {flow_run.name}", "note", "stopped; the next run resumes")
    stop.withdraw()


def _watch(flow_run_id: UUID, ended: threading.Event) -> None:
    # With settings of its own, it is not the client of the flow, which another thread uses.
    with get_client(httpx_settings={"timeout": TIMEOUT_S}, sync_client=True) as client:
        while not ended.wait(POLL_S):
            # A server that does not answer cancels nothing; the run itself fails if that lasts.
            with suppress(httpx.HTTPError):
                state = client.read_flow_run(flow_run_id).state
                if state is not None and state.type in {StateType.CANCELLING, StateType.CANCELLED}:
                    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
                    number = signal.SIGTERM if ignored else signal.SIGINT
                    signal.pthread_kill(threading.main_thread().ident or 0, number)
                    return
