"""Runs without a sign of life: Prefect's server reports them as crashed, wherever they ran.

A run sends heartbeats, and one that was killed stops sending them. `tasks/cleanup.py` finds such runs by their file
locks, and at once, but only among those of a data root, and when its next run starts.
"""

from datetime import timedelta
from typing import Final

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

AUTOMATION: Final = "seqrec: runs without heartbeats"
HEARTBEAT: Final = "prefect.flow-run.heartbeat"
SILENCE: Final = timedelta(minutes=7)
"""After this time, a run counts as dead. Other flows on a shared server send a heartbeat every 180 seconds, which is
Prefect's default, and ours every 30 seconds (`flows/environment.py`)."""
ENDS: Final = ("Completed", "Failed", "Cancelling", "Cancelled", "Crashed", "Paused", "Suspended", "AwaitingRetry")
"""Changes of state after which no heartbeat is due."""


def crash_without(client: SyncPrefectClient, silence: timedelta = SILENCE) -> None:
    """Make the server report runs as crashed whose heartbeats stopped, unless it does so already."""
    if client.read_automations_by_name(AUTOMATION):
        return
    client.create_automation(
        AutomationCore(
            name=AUTOMATION,
            description="The process of the run was killed, or its machine has died.",
            trigger=EventTrigger(
                after={HEARTBEAT},
                expect={HEARTBEAT, *(f"prefect.flow-run.{end}" for end in ENDS)},
                match={"prefect.resource.id": ["prefect.flow-run.*"]},
                for_each={"prefect.resource.id"},
                posture=Posture.Proactive,
                threshold=1,
                within=silence,
            ),
            actions=[ChangeFlowRunState(state=StateType.CRASHED, message="It sent no heartbeat; it was killed.")],
        )
    )
