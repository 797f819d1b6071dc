"""Nested fields of a record: in objects, in the types that MongoDB writes, and in a list of events per record.

A column is named by its path from the outermost object inwards, such as `user.id`. If the path goes through a list of
objects, as in `events.aid`, each of these objects becomes a row, in their order, with the other columns of its record.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Final

import polars as pl

from seqrec.datasets.canonical.fields import Fields, Kind
from seqrec.datasets.errors import LINE
from seqrec.datasets.parsing.blocks import Block
from seqrec.datasets.parsing.jsonl import converted_rows, read_plausible
from seqrec.datasets.parsing.prefetch import parallel_map
from seqrec.datasets.parsing.rows import EMPTY_LIST, MisfitError, read_rows
from seqrec.datasets.reading import Reading

Way = tuple[str, ...]

_LIST = " list"
_MAX_DEPTH = 6
_MAX_ELEMENTS = 20
"""Elements of a list whose keys become names of columns."""
_WRAPPERS: Final = frozenset({"$oid", "$date", "$numberLong", "$numberInt", "$numberDouble", "$numberDecimal", "$uuid"})
"""Keys of the objects that represent a single value in MongoDB's extended JSON."""

_UNREADABLE: Final = object()
"""A value of no type that a column can have, which becomes null and is counted."""


@dataclass(frozen=True, slots=True)
class Field:
    """The place of a column in a record."""

    way: Way
    """Keys, one inside of the other."""
    kind: Kind
    """Type of its values."""
    list_at: int = 0
    """How many keys lead to the list whose objects are rows; 0 where there is none."""

    @property
    def list_way(self) -> Way:
        """The way to that list."""
        return self.way[: self.list_at]


def fields_of(records: Iterable[Mapping[str, object]]) -> dict[str, Field]:
    """The columns of some records, each as most of them have it."""
    seen: dict[str, Counter[Field]] = {}
    for record in records:
        for field, value in _walk(record, (), 0):
            name = ".".join(key for key in field.way if key not in _WRAPPERS)
            # An absent or empty value shows only that the column is there.
            seen.setdefault(name, Counter())[field] += value not in (None, [])
    return {name: fields.most_common(1)[0][0] for name, fields in seen.items()}


def is_nested(fields: Iterable[Field]) -> bool:
    """Whether some of the fields are inside of objects."""
    return any(len(field.way) > 1 for field in fields)


def read_nested(
    reading: Reading,
    fields: Mapping[str, Field],
    blocks: Iterator[Block],
    parse: Callable[[str], object],
    fault: str,
) -> Iterator[pl.DataFrame]:
    """The `fields` of each record, or of each object in its list, with the number of its line in `LINE`.

    `parse` and `fault` are those of `read_rows`. A record whose list is empty is set aside, but does not count as bad.
    Errors are those of `read_json_lines`.
    """
    kinds = {name: field.kind for name, field in fields.items()}
    schema = _schema([(field.way, field.kind, field.list_at) for field in fields.values()])
    spread = partial(_rows_of, fields=fields)
    for block, frame in parallel_map(lambda block: (block, _read_plausible(block, schema, fields)), blocks):
        if frame is None:
            yield read_rows(block.lines(), parse, fault, kinds, reading, spread)
            continue
        rows, empty = frame
        reading.n_records += rows.height + empty.height
        reading.set_aside_rows(empty.with_columns(pl.lit(EMPTY_LIST).alias("reason")), bad=False)
        yield rows


def _walk(record: Mapping[str, object], above: Way, list_at: int) -> Iterator[tuple[Field, object]]:
    for key, inner in record.items():
        way, value = (*above, key), inner
        while isinstance(value, dict) and len(value) == 1 and _WRAPPERS.issuperset(value):
            ((step, value),) = value.items()
            way = (*way, step)
        yield Field(way, _kind(value), list_at), value
        if len(way) < _MAX_DEPTH and isinstance(value, dict):
            yield from _walk(value, way, list_at)
        elif isinstance(value, list) and not list_at:
            for element in value[:_MAX_ELEMENTS]:
                if isinstance(element, dict):
                    yield from _walk(element, way, len(way))


def _kind(value: object) -> Kind:
    if isinstance(value, list):
        return pl.List(_kind(value[0] if value and not isinstance(value[0], dict) else ""))
    return pl.Struct({}) if isinstance(value, dict) and value else pl.String()


def _schema(places: Sequence[tuple[Way, Kind, int]]) -> Fields | None:
    """The types of the outermost fields; None if a field is requested both as a value and as an object."""
    schema: dict[str, Kind] = {}
    for key, group in groupby(sorted(places, key=lambda place: place[0][0]), key=lambda place: place[0][0]):
        inner = list(group)
        if any(len(way) == 1 for way, _, _ in inner):
            if len(inner) > 1:
                return None
            schema[key] = inner[0][1]
            continue
        below = _schema([(way[1:], kind, max(0, list_at - 1)) for way, kind, list_at in inner])
        if below is None:
            return None
        struct = pl.Struct(dict(below))
        schema[key] = pl.List(struct) if any(list_at == 1 for _, _, list_at in inner) else struct
    return schema


def _read_plausible(
    block: Block, schema: Fields | None, fields: Mapping[str, Field]
) -> tuple[pl.DataFrame, pl.DataFrame] | None:
    """Rows of `fields`, and the lines whose lists are empty; None if one of the lines may not be what it should be."""
    frame = None if schema is None else read_plausible(block.data, block.n_lines, schema)
    if frame is None:
        return None
    lines = pl.int_range(block.first_line, block.first_line + frame.height, dtype=pl.Int64, eager=True).alias(LINE)
    columns = {name: _at(frame, field.way) for name, field in fields.items() if not field.list_at}
    rows, empty = pl.DataFrame({LINE: lines, **columns}), lines.to_frame().clear()
    list_way = next((field.list_way for field in fields.values() if field.list_at), None)
    if list_way is not None:
        lists = _at(frame, list_way)
        is_empty = lists.list.len().fill_null(0) == 0
        empty = lines.to_frame().filter(is_empty)
        rows = rows.with_columns(lists.alias(_LIST)).filter(~is_empty).explode(_LIST)
        elements = pl.DataFrame({_LIST: rows[_LIST]})
        inner = {name: (_LIST, *field.way[field.list_at :]) for name, field in fields.items() if field.list_at}
        rows = rows.drop(_LIST).with_columns(_at(elements, way).alias(name) for name, way in inner.items())
    rows = rows.select(LINE, *fields)
    return None if len(converted_rows(rows.drop(LINE))) else (rows, empty)


def _at(frame: pl.DataFrame, way: Way) -> pl.Series:
    values = frame[way[0]]
    for key in way[1:]:
        # Not by `struct.field`, which takes names such as `*` for patterns.
        values = pl.select(pl.when(values.is_not_null()).then(values.struct.unnest()[key])).to_series()
    return values


def _rows_of(record: object, fields: Mapping[str, Field]) -> list[object]:
    """The rows of a decoded record, by the names of their columns; a `MisfitError` if its list is none."""
    if not isinstance(record, dict):
        raise MisfitError("not an object")
    outer = {name: _value_at(record, field.way) for name, field in fields.items() if not field.list_at}
    list_way = next((field.list_way for field in fields.values() if field.list_at), None)
    if list_way is None:
        return [outer]
    elements = _value_at(record, list_way)
    if not isinstance(elements, list | None):
        raise MisfitError(f"{'.'.join(list_way)} has the wrong type")
    inner = {name: field.way[field.list_at :] for name, field in fields.items() if field.list_at}
    return [outer | {name: _value_at(element, way) for name, way in inner.items()} for element in elements or ()]


def _value_at(record: object, way: Way) -> object:
    """The value of a nested field; `_UNREADABLE` if the path leads through something that is no object."""
    value = record
    for key in way:
        if key in _WRAPPERS or value is None:
            continue
        if not isinstance(value, dict):
            return _UNREADABLE
        value = value.get(key)
        while isinstance(value, dict) and len(value) == 1 and _WRAPPERS.issuperset(value):
            (value,) = value.values()
    return value
