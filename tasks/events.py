"""Events for Prefect's automations: what a person wants to be told of, about one experiment."""

from collections.abc import Mapping
from typing import Literal

from prefect.events import emit_event

RESOURCE = "seqrec.experiment"

Name = Literal["drift", "fall", "verdict.promote", "verdict.reject", "verdict.hold", "verdict.refresh", "verdict.force"]


def emit(name: Name, experiment: str, text: str, facts: Mapping[str, object]) -> None:
    """Send the event `seqrec.<name>` about an experiment.

    Args:
        name: What happened.
        experiment: Name of the experiment; the event's resource is `seqrec.experiment.<experiment>`.
        text: What happened, in a sentence or a few.
        facts: What an automation may decide by, as JSON values.
    """
    resource = {"prefect.resource.id": f"{RESOURCE}.{experiment}", "prefect.resource.name": experiment}
    emit_event(f"seqrec.{name}", resource, payload={"text": text, **facts})
