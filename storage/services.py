"""The servers and the worker that run in the background for a data root: a record of each, by its name."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from seqrec.json_value import Value
from storage.atomic_write import discard
from storage.files.json_file import read_record, write_json
from storage.process_id import has_ended, is_running

Name = Literal["prefect", "mlflow", "worker"]


@dataclass(frozen=True, slots=True)
class Service(Value):
    """A program that was started for a data root."""

    name: Name
    process: str
    """Host, id and start time of its first process."""
    url: str
    """The address at which it answers; that of its server, for a worker."""
    started_at: str
    """Time in UTC, as ISO 8601."""
    log: Path

    @property
    def runs(self) -> bool:
        """Whether it runs on this host."""
        return is_running(self.process)

    @property
    def state(self) -> Literal["runs", "dead", "elsewhere"]:
        """Whether it runs; a service of another host can't be looked at."""
        if self.runs:
            return "runs"
        return "dead" if has_ended(self.process) else "elsewhere"

    @property
    def host(self) -> str:
        """The host that it was started on."""
        return self.process.rsplit("/", 2)[0]

    @property
    def port(self) -> int | None:
        """The port of its address."""
        port = self.url.rpartition(":")[2].partition("/")[0]
        return int(port) if port.isdecimal() else None

    @property
    def age_s(self) -> float:
        """Seconds since it was started."""
        started = datetime.fromisoformat(self.started_at)
        return (datetime.now(started.tzinfo) - started).total_seconds()

    def last_lines(self, n: int) -> list[str]:
        """Return the end of its log."""
        if not self.log.is_file():
            return []
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return [line.rstrip() for line in lines if line.strip()][-n:]


class Services:
    """The records of one data root, a file each.

    Args:
        folder: Folder of the records.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def lock(self) -> Path:
        """The lock of whoever starts or stops services."""
        return self._folder / ".lock"

    def all(self) -> dict[str, Service]:
        """Return all records by name, also those of services that have died, and none of another data root.

        Raises:
            StorageError: A record is damaged.
        """
        found = {}
        for file in sorted(self._folder.glob("*.json")):
            remedy = f"Remove this file. If {file.stem} still runs, end it by hand, since its record is lost."
            service = read_record(file, Service, "the record of a service", remedy)
            if not self._is_copied(file, service):
                found[file.stem] = service
        return found

    def _is_copied(self, file: Path, service: Service) -> bool:
        """Return whether a record was copied with its data root: the service then belongs to the original."""
        original = service.log.parent.parent / self._folder.name / file.name
        return original.exists() and not original.samefile(file)

    def add(self, service: Service) -> None:
        """Record a service that was started.

        Raises:
            StorageError: The folder can't be written.
        """
        write_json(self._folder / f"{service.name}.json", service.to_json())

    def remove(self, name: str) -> None:
        """Forget a service that was stopped."""
        discard(self._folder / f"{name}.json")

    def url(self, name: Name) -> str | None:
        """Return the address of a service, or None if it does not run here."""
        service = self.all().get(name)
        return service.url if service is not None and service.runs else None
