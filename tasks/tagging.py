"""Tags of runs: Prefect's pages show the runs of one experiment by its name."""

from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.runtime import flow_run


def tag(flow_run_id: UUID, experiment: str) -> None:
    """Tag the current flow run with the name of its experiment."""
    with get_client(sync_client=True) as client:
        client.update_flow_run(flow_run_id, tags={*flow_run.tags, experiment})
