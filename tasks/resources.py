"""The storage that a task works with, opened from the settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import torch

from seqrec.training.device import resolve_device
from seqrec.types import Run
from storage.catalogue import Catalogue
from storage.gpu_slots import gpu_slot
from storage.settings import Settings
from storage.store import Store
from storage.tracking import Tracker
from storage.vector_cache import VectorCache


@dataclass(frozen=True)
class Resources:
    """Handles of one data root; they are cheap to open, and keep nothing open."""

    settings: Settings

    @cached_property
    def store(self) -> Store:
        """The content-addressed store of artifacts."""
        return Store(self.settings.store_dir)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The DuckDB catalogue over the store."""
        return Catalogue(self.settings.catalogue_path)

    @cached_property
    def tracker(self) -> Tracker:
        """The tracking server or database."""
        return Tracker(self.settings.tracking_uri, self.settings.mlflow_dir)

    @cached_property
    def vector_cache(self) -> VectorCache:
        """The cache of item vectors, by encoder and text."""
        return VectorCache(self.settings.vectors_dir)

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
        """Yield the seed and the device for a training, like `run`; of several GPUs, it takes the least busy one.

        Raises:
            ConfigError: This machine does not have the device.
        """
        run = self.run(seed)
        if run.device.type == "cpu":
            yield run
            return
        n_gpus = torch.cuda.device_count()
        with gpu_slot(self.settings.work_dir / "gpus", max(n_gpus, self.settings.training_slots)) as slot:
            yield Run(seed, torch.device("cuda", slot % n_gpus))


def open_resources() -> Resources:
    """Open the storage that the settings in the environment name."""
    return Resources(Settings())
