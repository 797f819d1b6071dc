"""Reads a dump, takes the duplicates out, and assesses what is left."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path

import pyarrow as pa

from seqrec import schema
from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.canonical.tables import canonical_interactions, canonical_items
from seqrec.datasets.errors import MAX_KEPT, RejectLog, Row, rejects_table
from seqrec.datasets.reading import MIN_TOLERATED
from seqrec.errors import DataError
from seqrec.ingest.counts import FAR_YEARS, Counts, count
from seqrec.ingest.coverage import coverage
from seqrec.ingest.dominance import dominants
from seqrec.ingest.duplicates import without
from seqrec.ingest.growth import Bookmark, DumpFiles, look_at
from seqrec.ingest.joining import MIN_JOINED, mismatch
from seqrec.ingest.lists import list_of_ids
from seqrec.ingest.quality import Parts, Quality
from seqrec.ingest.sink import Sink
from seqrec.ingest.step import Step, Totals


@dataclass(frozen=True, slots=True)
class Ingested:
    """What is known of a dump whose tables are in the sink."""

    quality: Quality
    bookmark: Bookmark


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier ingest of the dump, which had fewer files then."""

    bookmark: Bookmark
    tables: Sink


def ingest(
    dataset: DatasetConfig, data: Path, sink: Sink, *, files: DumpFiles | None = None, earlier: Earlier | None = None
) -> Ingested:
    """Reads the dump in the folder `data` into `sink`.

    Args:
        dataset: How the dump is read.
        data: Where it is.
        sink: Takes the tables.
        files: The files of the dump, if somebody has looked at them already.
        earlier: An ingest that this one continues: what it read is not read again, and the tables are as if it were.

    Raises:
        DataError: The dump is damaged, holds nothing usable, or changed meanwhile.
    """
    files = look_at(dataset, data) if files is None else files
    events, duplicates, items = _steps(earlier)
    if not sink.write("interactions", _interactions(dataset, data, files, events, earlier)):
        got, remedy = "no usable interaction", "Look at the first rows and at the dataset's settings."
        raise DataError(f"dataset {dataset.label}", got=got, expected="at least one interaction", remedy=remedy)
    counted = count(sink.keys(), dataset.duplicates)
    if events.has_times:
        _check_years(counted.counts, dataset)
    if len(counted.duplicates):
        log = RejectLog()
        sink.write("interactions", without(sink.read("interactions"), counted.duplicates, log))
        duplicates.log += log
    if earlier is not None and earlier.bookmark.other_files == files.others:
        sink.write("items", earlier.tables.read("items"))
    else:
        items = Step()
        opened = partial(dataset.reading, data=data)
        sink.write("items", canonical_items(items.read(files.item_paths, dataset.items, opened)))
    rows, totals = _set_aside((events, duplicates, items))
    sink.write("rejects", rejects_table(rows).to_batches())
    files.check_unchanged()
    titles = sink.read("items", (schema.ITEM, schema.TITLE))
    covered = coverage(titles, counted.items["value"], items.n_cleaned_titles)
    by_reason = dict((events.log + duplicates.log + items.log).by_reason)
    n_read = events.n_read + items.n_read
    quality = Quality(
        dataset.label,
        dataset.duplicates,
        n_read,
        by_reason,
        notes=dict(events.notes + items.notes),
        has_times=events.has_times,
        events=counted.counts,
        items=covered,
        parts=Parts(events.n_files, events.empty_files),
        dominants=tuple(dominants(sink, counted)),
        bad_share=max(events.bad_share, items.bad_share),
        list_id=list_of_ids(_item_ids(sink)),
        mismatch=mismatch(sink) if covered.n_described and covered.share_described < MIN_JOINED else None,
    )
    return Ingested(quality, Bookmark(files.events, files.others, *totals))


def _item_ids(sink: Sink) -> Iterator[str]:
    for batch in sink.read("interactions", (schema.ITEM,)):
        yield from batch.column(0).to_pylist()


def _check_years(counts: Counts, dataset: DatasetConfig) -> None:
    """Refuse a dump with too many times that lie decades from the others."""
    far = counts.far_years
    if far.total() <= max(MIN_TOLERATED, dataset.max_rejected * counts.n_interactions):
        return
    got = (
        f"{far.total():,} of {counts.n_interactions:,} times that are {FAR_YEARS} years or more from the median year, "
    )
    got += f"{counts.median_year}, most of them in {max(far, key=far.__getitem__)}"
    expected = f"at most {MIN_TOLERATED} such times, or {dataset.max_rejected * 100:g}% of all"
    remedy = "Look for placeholders among the times, such as 2000-01-01. If they are true, raise "
    remedy += f"{dataset.key('max_rejected')}, which is a share of all rows."
    raise DataError(f"dataset {dataset.label}", got=got, expected=expected, remedy=remedy)


def _interactions(
    dataset: DatasetConfig, data: Path, files: DumpFiles, events: Step, earlier: Earlier | None
) -> Iterator[pa.RecordBatch]:
    """Those of the earlier ingest, without its duplicates, and all new ones."""
    opened = partial(dataset.reading, data=data)
    if earlier is None:
        return canonical_interactions(events.read(files.event_paths, dataset.interactions, opened))
    new = files.event_paths[len(earlier.bookmark.event_files) :]
    added = canonical_interactions(events.read(new, dataset.interactions, opened), events.n_read - events.log.count)
    return chain(earlier.tables.read("interactions"), added)


def _steps(earlier: Earlier | None) -> tuple[Step, Step, Step]:
    """The steps at their start, or as the earlier ingest left them, which put its rejects into one table."""
    if earlier is None:
        return Step(), Step(), Step()
    rejects = pa.Table.from_batches(earlier.tables.read("rejects"), schema.REJECTS)
    rows = zip(*(column.to_pylist() for column in rejects.columns), strict=True)
    before = (earlier.bookmark.events, earlier.bookmark.duplicates, earlier.bookmark.items)
    events, duplicates, items = (
        Step(
            RejectLog(islice(rows, step.n_rows), step.set_aside),
            step.n_read,
            step.n_cleaned_titles,
            Counter(step.notes),
            step.has_times,
            step.n_files,
            step.empty_files,
            step.bad_share,
        )
        for step in before
    )
    return events, duplicates, items


def _set_aside(steps: Iterable[Step]) -> tuple[list[Row], list[Totals]]:
    """The rows that the steps set aside, as many as are kept, and their totals."""
    rows: list[Row] = []
    totals = []
    for step in steps:
        kept = step.log.rows[: MAX_KEPT - len(rows)]
        totals.append(
            Totals(
                step.n_read,
                step.n_cleaned_titles,
                dict(step.log.by_reason),
                len(kept),
                dict(step.notes),
                step.has_times,
                step.n_files,
                step.empty_files,
                step.bad_share,
            )
        )
        rows += kept
    return rows, totals
