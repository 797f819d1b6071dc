"""Lines as rows, one by one: values of the types that are declared, or why a line has none such."""

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any

import numpy as np
import polars as pl
from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from seqrec.datasets.canonical.fields import Fields, Kind
from seqrec.datasets.errors import LINE
from seqrec.datasets.reading import Reading

EMPTY_LIST = "empty list"
"""Why a record whose list of rows is empty is set aside."""


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
    `spread` makes the records of several rows out of it, or raises a `MisfitError`; a line without any is set aside,
    though nothing is wrong with it.
    """
    read, rows, others, empty = row_reader(fields), [], [], []
    for number, line in lines:
        try:
            records = spread(parse(line.decode()))
        except (ValueError, RecursionError) as error:
            reason = {UnicodeDecodeError: "not UTF-8", MisfitError: str(error)}.get(type(error), fault)
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


def row_reader(fields: Fields) -> Callable[[object], tuple[object, ...]]:
    """A function from a decoded line to the values of `fields`, in their order.

    Absent fields and nulls always fit. A number is welcome where text is due, because many dumps number their
    users and items; nothing else is converted. The function raises a `MisfitError` where a line does not fit.
    """
    names, types = list(fields), tuple(map(_type_of, fields.values()))
    row: TypeAdapter[tuple[object, ...]] = TypeAdapter(tuple[types], config=ConfigDict(strict=True))  # type: ignore[valid-type] # made at run time

    def read(record: object) -> tuple[object, ...]:
        if not isinstance(record, dict):
            raise MisfitError("not an object")
        try:
            return row.validate_python(tuple(map(record.get, names)))
        except ValidationError as error:
            place = error.errors()[0]["loc"][0]
            raise MisfitError(f"{names[int(place)]} has the wrong type") from error

    return read


def _text_of(value: object) -> object:
    if isinstance(value, float):
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
    pl.Float64(): float,
}


def _type_of(kind: Kind) -> Any:  # noqa: ANN401 - a type made at run time has no static name
    """The type of values of `kind`, or of nulls."""
    if isinstance(kind, pl.List):
        assert isinstance(kind.inner, pl.DataType)
        return list[_type_of(kind.inner)] | None  # type: ignore[misc] # made at run time
    return _TYPES[kind] | None
