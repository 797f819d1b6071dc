"""Whether a newer dump begins with an older one, byte for byte, and which parts of its files are new then."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.bookmark import Bookmark, DumpFiles
from seqrec.datasets.errors import Rejects
from seqrec.datasets.parsing.gunzip import is_gzip
from seqrec.datasets.parsing.lines import Span
from seqrec.digest import digests_of_beginnings

Beginnings = Mapping[str, Mapping[int, str]]
"""By name of a file, digests of its beginnings of several sizes."""


def beginnings(files: DumpFiles, bookmarks: Iterable[Bookmark]) -> Beginnings:
    """Digests of the growing files as far as any of the bookmarks says they were read; each is read once at most."""
    sizes: defaultdict[str, set[int]] = defaultdict(set)
    for bookmark in bookmarks:
        for stamp in bookmark.stamps:
            sizes[stamp.name].add(stamp.size_bytes)
    known = {}
    for file, now in zip(files.growing, files.stamps, strict=True):
        smaller = {size for size in sizes[now.name] if size < now.size_bytes}
        known[now.name] = {now.size_bytes: now.digest, **digests_of_beginnings(file, smaller)}
    return known


def obstacle(bookmark: Bookmark, files: DumpFiles, known: Beginnings) -> str | None:
    """Why the files can't be read on from where a bookmark lies, in a few words; None if they can.

    The bytes that were read must be there as they were. In the last file more may follow, in lines of their own, and
    further files may come after it.

    Args:
        bookmark: What was read.
        files: The dump as it is now.
        known: What `beginnings` gives for them.
    """
    names = [now.name for now in files.stamps]
    last = bookmark.stamps[-1].name
    for place, old in enumerate(bookmark.stamps):
        if old.name not in names:
            return f"{old.name} is gone"
        if names[place] != old.name:
            return f"{names[place]} is new and comes before {old.name}"
        now, file = files.stamps[place], files.growing[place]
        if now.size_bytes < old.size_bytes:
            return f"{old.name} is shorter than it was"
        if known[old.name][old.size_bytes] != old.digest:
            return f"{old.name} no longer begins with what was read before (was it sorted, or compressed anew?)"
        if now.size_bytes > old.size_bytes:
            reason = _no_end(bookmark, file) if old.name == last else f"{old.name} has grown, but {last} comes after it"
            if reason is not None:
                return reason
    return None


def spans_of(files: DumpFiles, bookmark: Bookmark | None) -> dict[Path, Span]:
    """The parts of the growing files that lie behind a bookmark; all of them without one."""
    spans = {}
    before = {} if bookmark is None else {stamp.name: stamp.size_bytes for stamp in bookmark.stamps}
    for file, now in zip(files.growing, files.stamps, strict=True):
        tally = None if bookmark is None else bookmark.events.tallies.get(now.name)
        first_line = 1 if tally is None else tally.n_lines + 1
        spans[file] = Span(before.get(now.name, 0), first_line, now.size_bytes)
    return spans


def other_unit(dataset: DatasetConfig, data: Path, bookmark: Bookmark, spans: Mapping[Path, Span]) -> str | None:
    """Why a file that has grown would be read as a whole in another unit of time; None if in the same.

    The first rows tell the unit, and these may be more than there were when the file was short.

    Raises:
        DataError: These rows are such that the file can't be read at all.
    """
    grown = next((file for file, span in spans.items() if span.start > 0 and not span.is_empty), None)
    if grown is None:
        return None
    fresh = Rejects({**spans, grown: replace(spans[grown], start=0, first_line=1)})
    # The first batch comes when the unit is known.
    next((batch for batch in dataset.interactions(data, fresh) if batch.num_rows), None)
    before, now = bookmark.events.tallies[grown.name].time_unit, fresh.unit_of(grown)
    return None if now == before else f"the first times of {grown.name} now look like '{now}' and not like '{before}'"


def _no_end(bookmark: Bookmark, file: Path) -> str | None:
    """Why nothing can be added to a file where it ended."""
    tally, size = bookmark.events.tallies[file.name], bookmark.stamps[-1].size_bytes
    if not tally.n_lines:
        return f"{file.name} has grown, and has no lines to go on with"
    if tally.is_open:
        return f"{file.name} ended inside of a line when it was read before"
    with file.open("rb") as stream:
        packed = is_gzip(stream.read(2))
        stream.seek(size)
        if packed != is_gzip(stream.read(2)):
            return f"what was added to {file.name} is not compressed as the rest is"
    return None
