"""The artifact of a dump: its canonical tables, its quality report, and a bookmark from which a later one continues."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from seqrec.datasets.base import DatasetConfig
from seqrec.errors import StorageError
from seqrec.ingest.growth import DumpFiles, look_at, obstacle
from seqrec.ingest.ingest import Earlier, ingest
from storage.dump_folder import DumpFolder
from storage.files.bookmark import read_bookmark, write_bookmark
from storage.files.quality import write_quality
from storage.store import Artifact, Store


def get_or_read(
    store: Store, making: Mapping[str, object], dataset: DatasetConfig, data: Path, rows_in_memory: int
) -> tuple[Artifact, Earlier | str | None]:
    """The dump in the folder `data`, read only if the same bytes never were, and only the files that are new.

    Args:
        store: Where dumps are kept.
        making: Everything but the files that decides what is made of them.
        dataset: How the dump is read.
        data: Where it is.
        rows_in_memory: Interactions that are counted at a time.

    Returns:
        The artifact; and the earlier dump that it continues, or why it continues none, or None where there is none.

    Raises:
        DataError: The dump is damaged, or holds nothing usable.
        StorageError: The store can't be read or written.
    """
    files = look_at(dataset, data)
    inputs = {**making, "files": files.digests}
    found = store.find("dump", inputs)
    if found is not None:
        return found, None
    earlier = find_earlier(store, store.akin("dump", making), files, rows_in_memory)
    artifact = store.get_or_make(
        "dump",
        inputs,
        lambda folder: write_dump(
            folder, dataset, data, files, earlier if isinstance(earlier, Earlier) else None, rows_in_memory
        ),
    )
    return artifact, earlier


def write_dump(
    folder: Path, dataset: DatasetConfig, data: Path, files: DumpFiles, earlier: Earlier | None, rows_in_memory: int
) -> Mapping[str, object]:
    """Ingests the dump in the folder `data` into `folder`; the facts about it.

    Raises:
        DataError: The dump is damaged, or holds nothing usable.
        StorageError: A file can't be written.
    """
    found = ingest(dataset, data, DumpFolder(folder, rows_in_memory), files=files, earlier=earlier)
    write_quality(folder, found.quality)
    write_bookmark(folder, found.bookmark)
    quality = found.quality
    return {
        "label": dataset.label,
        "interactions": quality.events.n_interactions,
        "items": quality.items.n_described,
        "set_aside": quality.n_set_aside,
        "set_aside_by_reason": dict(quality.set_aside),
    }


def find_earlier(store: Store, keys: Iterable[str], files: DumpFiles, rows_in_memory: int) -> Earlier | str | None:
    """The longest dump that the present one continues; why there is none; None if nothing was ever read.

    Args:
        store: Where the dumps are.
        keys: Those made in the same way, the newest first.
        files: The files of the present one.
        rows_in_memory: Interactions that are counted at a time.
    """
    reasons, candidates = [], []
    for key in keys:
        try:
            artifact = store.open("dump", key)
            bookmark = read_bookmark(artifact.path)
            reason = obstacle(bookmark, files)
            if reason is None:
                # What a bad disk did to the old tables would go on into all that are made of them.
                store.verify(artifact)
                candidates.append(Earlier(bookmark, DumpFolder(artifact.path, rows_in_memory)))
        except StorageError as error:
            reason = f"what is kept of the earlier one is damaged ({error.subject})"
        reasons.append(reason)
    longest = max(candidates, key=lambda earlier: len(earlier.bookmark.event_files), default=None)
    return longest or next(filter(None, reasons), None)
