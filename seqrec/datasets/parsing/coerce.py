"""Decoded lines as rows: values of the types that are declared, or why a line has none such."""

from collections.abc import Callable

import polars as pl

from seqrec.datasets.canonical.fields import Fields, Kind

_INT64 = 1 << 63

Convert = Callable[[object], object]


class MisfitError(ValueError):
    """A decoded line that is no row; the message is a short reason, so that lines can be counted by it."""


def row_reader(fields: Fields) -> Callable[[object], tuple[object, ...]]:
    """A function from a decoded line to the values of `fields`, in their order.

    Absent fields and nulls always fit. A number is welcome where text is due, because many dumps number their
    users and items; nothing else is converted. The function raises a `MisfitError` where a line does not fit.
    """
    columns = [(name, _converter(kind)) for name, kind in fields.items()]

    def read(record: object) -> tuple[object, ...]:
        if not isinstance(record, dict):
            raise MisfitError("not an object")
        row = []
        for name, convert in columns:
            value = record.get(name)
            try:
                row.append(None if value is None else convert(value))
            except (TypeError, ValueError, OverflowError) as error:
                raise MisfitError(f"{name} has the wrong type") from error
        return tuple(row)

    return read


def _converter(kind: Kind) -> Convert:
    """What makes a value of `kind`, or raises a TypeError, ValueError or OverflowError."""
    if isinstance(kind, pl.List):
        assert isinstance(kind.inner, pl.DataType)
        return _list_of(_converter(kind.inner))
    return {pl.String(): _text, pl.Int64(): _whole, pl.Float64(): _number}[kind]


def _list_of(convert: Convert) -> Convert:
    def convert_all(value: object) -> object:
        if not isinstance(value, list):
            raise TypeError
        if convert is _text and _all_plain(value):
            return value
        return [None if one is None else convert(one) for one in value]

    return convert_all


def _all_plain(values: list[object]) -> bool:
    """Whether all are texts that need no closer look; told at once for all of them."""
    try:
        return "".join(values).isascii()  # type: ignore[arg-type] # that they are texts is the question
    except TypeError:
        return False


def _text(value: object) -> object:
    if not isinstance(value, str):
        # A number of many thousand digits is a ValueError.
        return str(_number(value) if isinstance(value, float) else _whole_of_any_size(value))
    # Half of a surrogate pair can't be written in UTF-8; to look for one takes longer than to know that there is none.
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError
    return value


def _whole(value: object) -> object:
    if not -_INT64 <= _whole_of_any_size(value) < _INT64:
        raise OverflowError
    return value


def _whole_of_any_size(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value


def _number(value: object) -> float:
    return value if isinstance(value, float) else float(_whole_of_any_size(value))
