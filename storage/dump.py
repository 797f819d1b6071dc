"""The artifact of a dump: its canonical tables, its quality report, and a bookmark for a later ingest to continue."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from seqrec.datasets.base import DatasetConfig
from seqrec.errors import StorageError
from seqrec.ingest.growth import DumpFiles, look_at, obstacle
from seqrec.ingest.ingest import Earlier, ingest
from seqrec.ingest.quality import Quality
from storage.dump_folder import DumpFolder
from storage.files.bookmark import read_bookmark, write_bookmark
from storage.files.quality import read_quality, write_quality
from storage.source import source_digest
from storage.store import Artifact, Store


def making_of(dataset: DatasetConfig) -> dict[str, object]:
    """Return everything except the files that determines the canonical tables and the quality report."""
    return {
        "dataset": dataset.model_dump(mode="json"),
        "source": source_digest(type(dataset).__module__, "seqrec.ingest.ingest", "seqrec.report.quality"),
    }


def inspect(store: Store, dataset: DatasetConfig, data: Path, rows_in_memory: int) -> Quality:
    """Return the quality report of the dump in the folder `data`, and store nothing.

    A dump that is not in the store is read into a temporary folder, however many of its rows are set aside: whoever
    asks wants to know why.

    Raises:
        DataError: The dump is damaged, or has no usable rows.
        StorageError: The store can't be read, or the temporary folder can't be written.
    """
    files = look_at(dataset, data)
    found = store.find("dump", {**making_of(dataset), "files": files.digests})
    if found is not None:
        return read_quality(found.path)
    with TemporaryDirectory(prefix="seqrec-") as folder:
        dataset = dataset.model_copy(update={"max_rejected": 1.0})
        return ingest(dataset, data, DumpFolder(Path(folder), rows_in_memory), files=files).quality


def get_or_read(
    store: Store, dataset: DatasetConfig, data: Path, files: DumpFiles, rows_in_memory: int
) -> tuple[Artifact, Earlier | str | None]:
    """Return the dump in the folder `data` from the store; if it is not there, ingest only the files that are new.

    Args:
        store: The store that holds the dumps.
        dataset: Configuration of the reader.
        data: Folder of the dump.
        files: Its files.
        rows_in_memory: Number of interactions to count at a time.

    Returns:
        The artifact, with the earlier dump that it continues. Instead of the earlier dump: the reason if none could be
        continued, or None if there is none or nothing had to be read.

    Raises:
        DataError: The dump is damaged, or has no usable rows.
        StorageError: The store can't be read or written.
    """
    making = making_of(dataset)
    inputs = {**making, "files": files.digests}
    found = store.find("dump", inputs)
    if found is not None:
        return found, None
    earlier = find_earlier(store, store.matching_keys("dump", making), files, rows_in_memory)
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
    """Ingest the dump in the folder `data` into `folder`, and return facts about it.

    Raises:
        DataError: The dump is damaged, or has no usable rows.
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
    """Return the longest dump that this one continues, the reason if it continues none, or None if `keys` is empty.

    Args:
        store: The store that holds the dumps.
        keys: Keys of the dumps that were made in the same way, newest first.
        files: Files of this dump.
        rows_in_memory: Number of interactions to count at a time.
    """
    reasons, candidates = [], {}
    for key in keys:
        try:
            artifact = store.open("dump", key)
            bookmark = read_bookmark(artifact.path)
            reason = obstacle(bookmark, files)
            if reason is None:
                candidates[key] = Earlier(bookmark, DumpFolder(artifact.path, rows_in_memory))
        except StorageError as error:
            reason = f"the stored files of the earlier dump are damaged ({error.subject})"
        reasons.append(reason)
    longest = max(candidates, key=lambda key: len(candidates[key].bookmark.event_files), default=None)
    if longest is None:
        return next(filter(None, reasons), None)
    store.use("dump", longest)
    return candidates[longest]
