"""The task runner of a Dask cluster: one on this machine for the time of the flow, or one that the settings name.

Dask's connections are the leash of the workers. Tasks whose flow stops, or dies, are cancelled, and
`flows/cluster_worker.py` turns that into a request to stop. The workers of a cluster on this machine end with it.
"""

import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from tempfile import TemporaryDirectory
from typing import Any, Final, Self
from uuid import UUID, uuid4

import dask
from distributed import Client, Future, KilledWorker, LocalCluster
from distributed.client import FutureCancelledError
from prefect.client.schemas.objects import RunInput
from prefect.context import serialize_context
from prefect.futures import PrefectFuture
from prefect.tasks import Task
from prefect_dask.task_runners import DaskTaskRunner, PrefectDaskFuture

from flows.cluster_worker import Origin, StopWithRun, heard, run_here
from seqrec import stop
from seqrec.errors import ConfigError, StorageError, TrainingError
from seqrec.models.neural import NeuralConfig
from seqrec.training.device import resolve_device
from storage.settings import Settings
from tasks.progress import announce
from tasks.train import train

GPU: Final = "GPU"
"""The resource of workers that have a GPU: `dask worker --resources GPU=1`."""
PATIENCE_S: Final = 10.0
"""Seconds in which a scheduler has to answer."""
LOOK_S: Final = 5.0
"""Seconds between two looks whether there still is a worker."""
CONFIG: Final = {
    # By default, workers have one numeric thread, which would change the last bits of networks.
    "distributed.nanny.pre-spawn-environ": {},
    # A worker that imports libraries on a busy machine listens to nobody, for more than the default of 30 seconds.
    "distributed.comm.timeouts.tcp": "10 minutes",
    "distributed.comm.timeouts.connect": "2 minutes",
}
"""Configuration of a cluster on this machine."""


class ClusterTaskRunner(DaskTaskRunner):
    """Runs tasks on the workers of a cluster, one at a time on each, with the settings of this process."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(address=settings.dask_scheduler)
        self._settings = settings
        # Prefect opens a runner for each task, in case that it has tasks of its own. Threads cost nothing.
        self._origin = Origin(settings.variables | {"SEQREC_RUNNER": "threads"}, f"seqrec-{uuid4().hex}")
        self._futures: list[Future] = []

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            address = self._settings.dask_scheduler
            if address is None:
                self._client = opened.enter_context(_local(self._settings))
            else:
                self._client = opened.enter_context(_connected(address))
            self._client.subscribe_topic(self._origin.topic, heard)
            self._client.register_plugin(StopWithRun(own_process=address is None))
            opened.enter_context(stop.calling(self._cancel))
            self._workers = _Workers(self._client, self._settings, GPU if self._wants_gpu else None)
            self._workers.wait()
            self._exit_stack = opened.pop_all()
        super().__enter__()
        return self

    def submit(
        self,
        task: Task[..., Any],
        parameters: dict[str, Any],
        wait_for: Iterable[PrefectFuture[Any]] | None = None,
        dependencies: dict[str, set[RunInput]] | None = None,
    ) -> "ClusterFuture":
        """Submit a task; the training of a network gets a worker that has a GPU, if the device is one."""
        task_run_id = uuid4()
        future = self.client.submit(
            run_here,
            self._origin,
            task=task,
            task_run_id=task_run_id,
            parameters=self._optimize_futures(parameters),
            wait_for=self._optimize_futures(wait_for) if wait_for else None,
            dependencies=dependencies,
            context=serialize_context(),
            key=f"{task.name}-{task_run_id}",
            resources={GPU: 1} if self._wants_gpu and _trains_network(task, parameters) else None,
        )
        self._futures.append(future)
        return ClusterFuture(task_run_id, future, self._workers)

    @property
    def _wants_gpu(self) -> bool:
        # The machine of the flow needs no GPU if another one trains.
        return self._settings.device == "cuda" or resolve_device(self._settings.device).type == "cuda"

    def _cancel(self) -> None:
        # The thread that makes the request must not wait for an answer.
        self._client.loop.add_callback(self._client.cancel, self._futures, asynchronous=True)


class ClusterFuture(PrefectDaskFuture[Any]):
    """The future of a task on a cluster."""

    def __init__(self, task_run_id: UUID, future: Future, workers: "_Workers") -> None:
        super().__init__(task_run_id, future)
        self._workers = workers

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> Any:  # noqa: ANN401, FBT001, FBT002
        """Return the result of the task, or its error.

        Raises:
            StorageError: The cluster is gone.
            TimeoutError: It takes longer than `timeout` seconds.
            Stopped: Stopping was requested.
            TrainingError: The workers that ran the task died, one after the other.
        """
        try:
            # A task without a worker would be silent for good.
            while timeout is None and not self.wrapped_future.done():
                self._workers.wait()
                self.wait(LOOK_S)
            return super().result(timeout, raise_on_failure)
        except (CancelledError, FutureCancelledError) as error:
            stop.check()
            raise StorageError(
                "the Dask cluster",
                got=f"its scheduler forgot a task ({error})",
                expected="a scheduler that runs until the flow has ended",
                remedy="Look at the log of the scheduler, and start the run again: it resumes.",
            ) from error
        except KilledWorker as error:
            died = TrainingError(
                str(self.wrapped_future.key),
                got=f"{error.allowed_failures + 1} processes that ran it were killed",
                expected="a process that lives until the task has ended",
                remedy="If memory ran out, give the workers more of it, or train fewer models at a time.",
            )
            if raise_on_failure:
                raise died from error
            return died


@contextmanager
def _local(settings: Settings) -> Iterator[Client]:
    """Yield a client of a cluster on this machine, to which nobody else can connect."""
    resources = {GPU: 1} if resolve_device(settings.device).type == "cuda" else {}
    with (
        TemporaryDirectory(prefix="seqrec-cluster-") as scratch,
        dask.config.set(CONFIG),
        LocalCluster(
            # One more than training slots, so that models train while earlier ones are evaluated.
            n_workers=settings.training_slots + 1,
            threads_per_worker=1,
            memory_limit=None,
            dashboard_address=None,
            resources=resources,
            local_directory=scratch,
            silence_logs=logging.ERROR,
            # Whoever can connect can run code. Certificates of its own keep the other users of this machine out.
            security=True,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    try:
        client = Client(address, set_as_default=False, timeout=PATIENCE_S)
    except OSError as error:
        raise ConfigError(
            "SEQREC_DASK_SCHEDULER",
            got=f"{address}, which does not answer",
            expected=f"the address of a Dask scheduler that answers within {PATIENCE_S:.0f} seconds",
            remedy="Start it (`dask scheduler`), correct the address, or unset it to use a cluster on this machine.",
        ) from error
    with client:
        yield client


class _Workers:
    """The workers of a cluster, of which one must be able to train.

    Args:
        client: The client of the cluster.
        settings: Whether the cluster ends with the flow, or workers may come and go.
        resource: What a worker must have, if anything.
    """

    def __init__(self, client: Client, settings: Settings, resource: str | None) -> None:
        self._client, self._address, self._resource = client, settings.dask_scheduler, resource

    def wait(self) -> None:
        """Wait until there is a worker.

        Raises:
            StorageError: The last worker of a cluster on this machine has ended.
            Stopped: Stopping was requested.
        """
        kind = "a worker" if self._resource is None else f"a worker with the resource {self._resource}"
        waited = False
        while not self._is_there():
            if self._address is None:
                raise StorageError(
                    "the Dask cluster on this machine",
                    got="all its workers have ended",
                    expected="workers that live until the flow has ended",
                    remedy="Start the run again: it resumes. SEQREC_RUNNER=processes does without a cluster.",
                )
            if not waited:
                announce("cluster", "waiting", f"for {kind} at {self._address}")
                waited = True
            stop.pause(LOOK_S)

    def _is_there(self) -> bool:
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        return any(self._resource is None or self._resource in worker["resources"] for worker in workers)


def _trains_network(task: Task[..., Any], parameters: dict[str, Any]) -> bool:
    return task.name == train.name and isinstance(parameters["model"], NeuralConfig)
