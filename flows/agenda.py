"""What a Prefect server is going to run for us, and how the last runs ended."""

from dataclasses import dataclass
from datetime import UTC, datetime
from textwrap import shorten
from typing import Final

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    WorkPoolFilter,
    WorkPoolFilterName,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound

from flows.programs import POOL
from seqrec.redact import redact_text

REASON_LENGTH: Final = 240
"""The most characters of a reason: enough for what was found and what was expected, less than a traceback."""

_LEAD: Final = "Flow run encountered an exception: "
"""What Prefect writes before each error of a flow."""


@dataclass(frozen=True)
class Deployed:
    """A deployment, its next run and its last one."""

    name: str
    next_at: datetime | None
    """The start of its next scheduled run, in UTC."""
    last: str | None
    """Name, state and start of its last run, in words."""
    reason: str | None
    """Why its last run failed or crashed, in one line without secrets; None if it did not."""


def pool_of(client: SyncPrefectClient) -> str | None:
    """Return the state of the work pool in a word, or None if there is none."""
    try:
        pool = client.read_work_pool(POOL)
    except ObjectNotFound:
        return None
    return "paused" if pool.is_paused else str(pool.status.value if pool.status is not None else "unknown").lower()


def deployed(client: SyncPrefectClient) -> list[Deployed]:
    """Return all deployments of the work pool, the one that runs next first."""
    in_pool = WorkPoolFilter(name=WorkPoolFilterName(any_=[POOL]))
    found = [_look_up(client, one) for one in client.read_deployments(work_pool_filter=in_pool)]
    never = datetime.max.replace(tzinfo=UTC)
    return sorted(found, key=lambda one: (one.next_at or never, one.name))


def _look_up(client: SyncPrefectClient, deployment: DeploymentResponse) -> Deployed:
    coming = _runs(client, deployment, FlowRunSort.EXPECTED_START_TIME_ASC, any_=[StateType.SCHEDULED])
    begun = _runs(client, deployment, FlowRunSort.START_TIME_DESC, not_any_=[StateType.SCHEDULED, StateType.PENDING])
    return Deployed(
        deployment.name,
        coming[0].expected_start_time if coming else None,
        _in_words(begun[0]) if begun else None,
        _reason(begun[0]) if begun else None,
    )


def _runs(
    client: SyncPrefectClient,
    deployment: DeploymentResponse,
    sort: FlowRunSort,
    *,
    any_: list[StateType] | None = None,
    not_any_: list[StateType] | None = None,
) -> list[FlowRun]:
    return client.read_flow_runs(
        deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[deployment.id])),
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=any_, not_any_=not_any_))
        ),
        sort=sort,
        limit=1,
    )


def _in_words(run: FlowRun) -> str:
    started = "" if run.start_time is None else f", started {run.start_time:%Y-%m-%d %H:%M:%S} UTC"
    return f"{run.name}: {run.state_name}{started}"


def _reason(run: FlowRun) -> str | None:
    if run.state_type not in {StateType.FAILED, StateType.CRASHED} or run.state is None or not run.state.message:
        return None
    # Secrets are replaced first, since half of one is not recognised.
    return shorten(redact_text(run.state.message.removeprefix(_LEAD)), REASON_LENGTH, placeholder=" …")
