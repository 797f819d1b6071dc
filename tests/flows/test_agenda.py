"""What `seqrec status` says about the last run of each deployment."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import State
from prefect.states import Completed, Crashed, Failed

from flows.agenda import Deployed, deployed
from flows.cli.display import console
from flows.cli.services import show_agenda
from flows.deploying import make_pools
from flows.programs import POOL

LEAD = "Flow run encountered an exception: "
KEY = "sk-proj-0123456789abcdefghij"


@flow
def night() -> None:
    """Does nothing."""


@contextmanager
def deployment(state: State) -> Iterator[tuple[SyncPrefectClient, str]]:
    """Yield a client, and the name of a deployment whose last run is in this state."""
    with get_client(sync_client=True) as client:
        make_pools(client, POOL)
        flow_id, name = client.create_flow(night), f"night-{uuid4()}"
        made = client.create_deployment(flow_id, name, work_pool_name=POOL)
        run = client.create_flow_run_from_deployment(made, name="last")
        client.set_flow_run_state(run.id, state, force=True)
        yield client, name
        client.delete_deployment(made)


def told_of(state: State) -> Deployed:
    """Return what is told of a deployment whose last run is in this state."""
    with deployment(state) as (client, name):
        (told,) = [one for one in deployed(client) if one.name == name]
    return told


@pytest.mark.parametrize("state", [Failed, Crashed])
def test_a_run_that_ended_badly_has_its_reason_in_one_line(prefect_server: None, state: Callable[..., State]) -> None:
    told = told_of(state(message=f"{LEAD}StorageError: models.parquet: got no file;\n  expected one."))
    assert told.last is not None
    assert told.reason == "StorageError: models.parquet: got no file; expected one."


def test_a_reason_is_short_and_has_no_secrets(prefect_server: None) -> None:
    told = told_of(Failed(message=f"{LEAD}EndpointError: https://me:word@host refused {KEY}. {'Try again. ' * 50}"))
    assert told.reason is not None
    assert told.reason.startswith("EndpointError: https://***@host refused ***. Try again.")
    assert told.reason.endswith(" …")
    assert len(told.reason) <= 240
    # A key that is cut in two is still one.
    told = told_of(Failed(message=f"{'x' * 4} " * 46 + KEY))
    assert told.reason is not None
    assert KEY[:8] not in told.reason


@pytest.mark.parametrize("state", [Completed(message=f"{LEAD}none"), Failed(message=None)])
def test_otherwise_there_is_no_reason(prefect_server: None, state: State) -> None:
    assert told_of(state).reason is None


def test_status_shows_the_reason_below_the_run(prefect_server: None, capsys: pytest.CaptureFixture[str]) -> None:
    with deployment(Failed(message=f"{LEAD}StorageError: no space left")) as (client, _):
        show_agenda(console(), str(client.api_url))
    lines = capsys.readouterr().out.splitlines()
    (number,) = [number for number, line in enumerate(lines) if "last: Failed" in line]
    assert lines[number + 1].strip() == "StorageError: no space left"
