"""Prefect's server reports a run as crashed whose heartbeats stopped, and no other."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.states import Completed, Running

from flows.heartbeats import AUTOMATION, HEARTBEAT, crash_without
from tests.processes import until


@flow
def night() -> None:
    """Does nothing."""


@pytest.mark.timeout(300)
def test_silence_is_death_unless_the_run_has_ended(prefect_server: None) -> None:
    with get_client(sync_client=True) as client:
        # Prefect accepts no shorter time.
        crash_without(client, timedelta(seconds=10))
        crash_without(client)
        (made,) = client.read_automations_by_name(AUTOMATION)
        assert made.trigger.within == timedelta(seconds=10)
        silent, ended = (client.create_flow_run(night, state=Running()).id for _ in range(2))
        for run in (silent, ended):
            event = {
                "id": str(uuid4()),
                "occurred": datetime.now(UTC).isoformat(),
                "event": HEARTBEAT,
                "resource": {"prefect.resource.id": f"prefect.flow-run.{run}", "prefect.resource.name": "night"},
            }
            client._client.post("/events", json=[event]).raise_for_status()
        client.set_flow_run_state(ended, Completed(), force=True)
        until(lambda: client.read_flow_run(silent).state_name == "Crashed", patience_s=120.0)
        assert client.read_flow_run(ended).state.type is StateType.COMPLETED
        client.delete_automation(made.id)
