"""The storage that a task works with, opened from the settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import torch

from seqrec.training.device import resolve_device
from seqrec.types import Run
from storage.catalogue import Catalogue
from storage.registry import Registry
from storage.remote_store import remote_store
from storage.services import Services
from storage.settings import Settings
from storage.slots import slot
from storage.store import Store
from storage.tracking import Tracker
from storage.vector_cache import VectorCache
from tasks.progress import announce


@dataclass(frozen=True)
class Resources:
    """Handles of one data root; they are cheap to open, and keep nothing open."""

    settings: Settings

    @cached_property
    def store(self) -> Store:
        """The content-addressed store of artifacts."""
        return Store(self.settings.store_dir, _announce_wait, remote_store(self.settings.remote_store))

    @cached_property
    def catalogue(self) -> Catalogue:
        """The DuckDB catalogue over the store."""
        return Catalogue(self.settings.catalogue_path)

    @cached_property
    def tracker(self) -> Tracker:
        """The tracking server or database."""
        return Tracker(self.settings.tracking_uri, self.settings.mlflow_dir)

    @cached_property
    def services(self) -> Services:
        """The records of what runs in the background."""
        return Services(self.settings.services_dir)

    @cached_property
    def registry(self) -> Registry:
        """The registered models on that server."""
        return Registry(self.settings.tracking_uri, self.settings.mlflow_dir)

    @cached_property
    def vector_cache(self) -> VectorCache:
        """The cache of item vectors, by encoder and text."""
        return VectorCache(self.settings.vectors_dir, _announce_wait)

    def run(self, seed: int) -> Run:
        """Return the seed and the device for a model in this process, and set the number of threads.

        Raises:
            ConfigError: This machine does not have the device.
        """
        if self.settings.n_threads is not None:
            torch.set_num_threads(self.settings.n_threads)
        return Run(seed, resolve_device(self.settings.device))

    @contextmanager
    def training_run(self, seed: int) -> Iterator[Run]:
        """Yield the seed and the device for a training, like `run`, as soon as a training slot is free.

        Of several GPUs, it takes the one with the number of the slot.

        Raises:
            ConfigError: This machine does not have the device.
            Stopped: Stopping was requested while it waited.
        """
        run, folder = self.run(seed), self.settings.work_dir / "slots"
        with slot(
            folder, self.settings.training_slots, lambda who: _announce_wait(f"a training slot, held by {who}")
        ) as number:
            if run.device.type == "cpu":
                yield run
            else:
                yield Run(seed, torch.device("cuda", number % torch.cuda.device_count()))


def _announce_wait(what: str) -> None:
    announce("waiting", "waiting", f"for {what}")


def open_resources() -> Resources:
    """Open the storage that the settings in the environment name."""
    return Resources(Settings())
