"""Linux control groups: the memory that a container or a scheduler allows a process to use."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MEMBERSHIP = Path("/proc/self/cgroup")
ROOT = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class _Names:
    """The file names of one version of control groups."""

    limit: str
    used: str
    reclaimable: str


FIRST = _Names("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
SECOND = _Names("memory.max", "memory.current", "inactive_file")


def left_bytes(membership: Path = MEMBERSHIP, root: Path = ROOT) -> list[int]:
    """Returns the memory left in each control group that limits this process; an empty list if none does.

    Args:
        membership: The kernel's list of the groups of the process.
        root: The folder of all groups.
    """
    if not membership.exists():
        return []
    return [left for folder, names in _groups(membership, root) if (left := _left_in(folder, names)) is not None]


def _groups(membership: Path, root: Path) -> Iterator[tuple[Path, _Names]]:
    # Inside a container, the path may be that of the host and not exist; then the root has the limit.
    for line in membership.read_text(encoding="utf-8").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "memory":
            top, names = root / "memory", FIRST
        elif controllers == "":
            top, names = root, SECOND
        else:
            continue
        group = top / path.lstrip("/")
        for folder in (group, *group.parents):
            if folder.is_relative_to(top):
                yield folder, names


def _left_in(folder: Path, names: _Names) -> int | None:
    if not (folder / names.limit).exists():
        return None
    limit = _text(folder / names.limit)
    if limit == "max":
        return None
    # The kernel reclaims inactive pages of files first.
    facts = dict(line.split() for line in _text(folder / "memory.stat").splitlines())
    return max(0, int(limit) - int(_text(folder / names.used)) + int(facts.get(names.reclaimable, 0)))


def _text(path: Path) -> str:
    return path.read_text(encoding="ascii").strip()
