"""Lines as rows, one by one: values of the types that are declared, with a note where they were of another one."""

from collections.abc import Callable, Iterable, Sequence
from math import isfinite
from typing import Annotated, Any, Final

import numpy as np
import polars as pl
from pydantic import BeforeValidator, ConfigDict, Field, FiniteFloat, TypeAdapter, ValidationError

from seqrec.datasets.canonical.fields import Fields, Kind
from seqrec.datasets.errors import LINE
from seqrec.datasets.parsing.text import NOT_UTF_8
from seqrec.datasets.reading import Reading

UNREAD: Final = "can't be read, so null"
CONVERTED: Final = "written as another type, but read"
"""What was made of a value of a wrong type."""
EMPTY_LIST: Final = "empty list"
"""The reason why a record is set aside whose list of rows is empty."""


class MisfitError(ValueError):
    """A decoded line that is no row; the message is a short reason, so that lines can be counted by it."""


def read_rows(
    lines: Iterable[tuple[int, bytes]],
    parse: Callable[[str], object],
    fault: str,
    fields: Fields,
    reading: Reading,
    spread: Callable[[object], Sequence[object]] = lambda record: (record,),
) -> pl.DataFrame:
    """Rows of `LINE` and `fields`, from lines with their numbers; lines that are no rows are set aside.

    `parse` gives the value of a line, or raises a ValueError or a RecursionError, for which `fault` is the reason.
    `spread` turns it into the records of several rows, or raises a `MisfitError`; a line without rows is set aside, but
    does not count as bad.
    """
    read, rows, others, empty = row_reader(fields, reading.note), [], [], []
    for number, line in lines:
        try:
            records = spread(parse(line.decode()))
        except (ValueError, RecursionError) as error:
            reason = {UnicodeDecodeError: NOT_UTF_8, MisfitError: str(error)}.get(type(error), fault)
            others.append((number, reason, line.decode(errors="replace")))
            continue
        for record in records:
            try:
                rows.append((number, *read(record)))
            except ValueError as error:
                reason = str(error) if isinstance(error, MisfitError) else fault
                others.append((number, reason, line.decode(errors="replace")))
        if not records:
            empty.append((number, EMPTY_LIST))
    reading.n_records += len(rows) + len(others) + len(empty)
    for other in others:
        reading.set_aside(*other)
    reading.set_aside_rows(pl.DataFrame(empty, {LINE: pl.Int64(), "reason": pl.String()}, orient="row"), bad=False)
    return pl.DataFrame(rows, {LINE: pl.Int64(), **fields}, orient="row")


def row_reader(fields: Fields, note: Callable[[str, int], None]) -> Callable[[object], tuple[object, ...]]:
    """A function from a decoded line to the values of `fields`, in their order.

    Absent fields and nulls always fit, and a number is welcome where text is due, because many dumps number their users
    and items. A value of another type is read where it has only one meaning (`lenient_value`), and is null otherwise;
    `note` gets what was done, and how often. The function raises a `MisfitError` where a line is no object.
    """
    names, kinds = list(fields), list(fields.values())
    types = tuple(map(_type_of, kinds))
    row: TypeAdapter[tuple[object, ...]] = TypeAdapter(tuple[types], config=ConfigDict(strict=True))  # type: ignore[valid-type] # made at run time

    def read(record: object) -> tuple[object, ...]:
        if not isinstance(record, dict):
            raise MisfitError("not an object")
        values = list(map(record.get, names))
        try:
            return row.validate_python(tuple(values))
        except ValidationError as error:
            for place in {int(fault["loc"][0]) for fault in error.errors(include_input=False, include_url=False)}:
                values[place] = lenient_value(values[place], kinds[place])
                note(f"{names[place]}: {UNREAD if values[place] is None else CONVERTED}", 1)
            return tuple(values)

    return read


def lenient_value(value: object, kind: Kind) -> object:
    """A value of another type than `kind`, read as that type; None where it has no meaning, or several.

    Numbers may be written as text, a fraction where a whole number is due is rounded, and a single member may stand for
    a list of one. Truth values, objects, numbers that are not finite and broken Unicode are read as nothing.
    """
    if isinstance(kind, pl.List):
        assert isinstance(kind.inner, pl.DataType)
        members = value if isinstance(value, list) else [value]
        read = [member for one in members if (member := lenient_value(one, kind.inner)) is not None]
        return read or None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        if kind == pl.String():
            return _text_of(value)
        number = float(value)
        if kind == pl.Float64():
            return number if isfinite(number) else None
        whole = int(value) if isinstance(value, int) or str(value).strip().isdecimal() else round(number)
    except (ValueError, OverflowError):
        # Also a number that is not finite, where a whole one is due.
        return None
    return whole if -(1 << 63) <= whole < 1 << 63 else None


def _text_of(value: object) -> object:
    if isinstance(value, float):
        if not isfinite(value):
            raise ValueError(value)
        # As polars writes it.
        return np.format_float_positional(value, trim="-")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and not value.isascii():
        # Half of a surrogate pair can't be written, which is a ValueError.
        value.encode()
    return value


_TYPES: dict[Kind, Any] = {
    pl.String(): Annotated[str, BeforeValidator(_text_of)],
    pl.Int64(): Annotated[int, Field(ge=-(1 << 63), lt=1 << 63)],
    pl.Float64(): FiniteFloat,
}


def _type_of(kind: Kind) -> Any:  # noqa: ANN401 - a type made at run time has no static name
    """The type of values of `kind`, or of nulls."""
    if isinstance(kind, pl.List):
        assert isinstance(kind.inner, pl.DataType)
        return list[_type_of(kind.inner)] | None  # type: ignore[misc] # made at run time
    return _TYPES[kind] | None
