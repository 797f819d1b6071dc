"""What a data root holds, what of it somebody needs, and the removal of the rest.

An artifact of the store stays if it was used since a given time, or if something that stays was made from it: a run in
the history of its experiment, a champion, a dump that SQL shows. Everything else can be made again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from seqrec.errors import StorageError
from storage.atomic_write import discard, writing
from storage.claims import REMOVING, remove_unused
from storage.history import History, experiments_of
from storage.leftovers import CachedVectors, Item, cached_vectors, item_of, leftovers, old_runs
from storage.references import References
from storage.refs import ModelRef, VectorsRef
from storage.settings import Settings
from storage.store import Store, Stored


@dataclass(frozen=True, slots=True)
class Findings:
    """What a data root holds."""

    since: datetime
    """What was used since then stays, in UTC."""
    stored: Mapping[str, Stored]
    """All artifacts of the store, by key."""
    needed: Mapping[str, frozenset[str]]
    """The keys that each of those needs who need something: experiments, the catalogue, recent use."""
    removable: tuple[Item, ...]
    """What nobody needs, in the order in which it is removed: what was made from something comes before that."""
    vectors: tuple[CachedVectors, ...]
    """Cached vectors of encoders that nothing uses, which stay unless somebody asks for their removal."""

    @property
    def kept(self) -> frozenset[str]:
        """The keys that somebody needs."""
        return frozenset().union(*self.needed.values())


@dataclass(frozen=True, slots=True)
class Removed:
    """What a removal did."""

    n_items: int
    n_bytes: int
    n_in_use: int
    """Items that somebody began to use meanwhile, and that stayed."""


def look(
    settings: Settings, stored: Sequence[Stored], roots: Mapping[str, frozenset[str]], since: datetime
) -> Findings:
    """Return what the data root holds, and what of it nobody needs.

    Args:
        settings: The data root.
        stored: The artifacts of its store.
        roots: Texts that name artifacts, by who needs them.
        since: What was used since then stays, in UTC.

    Raises:
        StorageError: Something that is needed is damaged, so that nobody knows what it was made from.
    """
    by_key = {one.key: one for one in stored}
    references = References({one.key: one.manifest for one in stored})
    needed = {who: references.reachable(texts) for who, texts in roots.items()}
    needed["used recently"] = references.reachable(one.key for one in stored if one.used_at >= since)
    # Records without files cost nothing, and say that something was done.
    needed["records"] = frozenset(one.key for one in stored if one.manifest is not None and not one.manifest["files"])
    kept = frozenset().union(*needed.values())
    _check([by_key[key] for key in sorted(kept)])
    records = (
        item_of("runs", f"of {name}", file)
        for name in experiments_of(settings.reports_dir)
        for file in old_runs(History(settings.reports_dir, name), since)
    )
    artifacts = (_item(by_key[key]) for key in references.users_first(by_key.keys() - kept))
    manifests = [by_key[key].manifest for key in kept if by_key[key].kind == VectorsRef.kind]
    encoders = {manifest["inputs"].get("encoder") for manifest in manifests if manifest is not None}
    return Findings(
        since,
        by_key,
        needed,
        (*records, *artifacts, *leftovers(settings, since)),
        tuple(cached_vectors(settings, encoders)),
    )


def remove(settings: Settings, findings: Findings, *, vectors: bool = False) -> Removed:
    """Remove what nobody needs; a kill meanwhile leaves a valid data root.

    Args:
        settings: The data root.
        findings: What nobody needs.
        vectors: Remove the cached vectors of encoders that nothing uses, too; no run may be alive.

    Raises:
        StorageError: Something can't be removed.
    """
    store = Store(settings.store_dir)
    references = References({key: one.manifest for key, one in findings.stored.items()})
    gone: list[Item] = []
    in_use: set[str] = set()
    n_refused = 0
    with writing(settings.data_root):
        for item in (*findings.removable, *((one.item for one in findings.vectors) if vectors else ())):
            key = item.path.name
            if (item.room == "store" and key in in_use) or not _remove(store, item, findings.since):
                # Whoever uses it may go on to what it was made from.
                in_use |= references.reachable([key]) if item.room == "store" else set()
                n_refused += 1
            else:
                gone.append(item)
    return Removed(len(gone), sum(item.n_bytes for item in gone), n_refused)


def _remove(store: Store, item: Item, since: datetime) -> bool:
    if item.room == "store":
        return store.remove(item.path.parent.name, item.path.name, since)
    if not item.path.is_dir() or item.path.name.startswith(REMOVING):
        for path in item.path.parent.glob(f"{item.path.name}-*") if item.room == "vectors" else ():
            discard(path)
        discard(item.path)
        return True
    if item.room == "checkpoints":
        with store.idle(ModelRef.kind, item.path.name) as idle:
            return idle and remove_unused(item.path, since)
    return remove_unused(item.path, since)


def _item(stored: Stored) -> Item:
    return Item("store", stored.kind, stored.path, stored.n_bytes, stored.used_at)


def _check(kept: Sequence[Stored]) -> None:
    for one in kept:
        if one.manifest is None:
            raise StorageError(
                str(one.path),
                got="a damaged manifest of something that is needed",
                expected="a manifest that says what it was made from",
                remedy="Run the experiment again, which makes it anew, and clean up then.",
            )
