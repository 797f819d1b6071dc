"""What is wrong with a time: unreadable, a placeholder, in another unit than the others, or impossible."""

from typing import Final

import polars as pl

from seqrec.datasets.canonical.time_texts import US_PER_S
from seqrec.datasets.canonical.times import (
    CLOCKS,
    EPOCHS_S,
    MAX_TIME_S,
    MIN_NS_S,
    MIN_TIME_S,
    SENSIBLE_S,
    Unit,
    clock_of,
    microseconds,
)

UNREADABLE: Final = "no readable time"
UNKNOWN: Final = "unknown time"
OTHER_UNIT: Final = "time in another unit"
IMPOSSIBLE: Final = "impossible time"
TIME_FAULT: Final = "time_fault"
"""Column of what is wrong with a time."""
FAULTS: Final = {fault: code for code, fault in enumerate((UNREADABLE, UNKNOWN, OTHER_UNIT, IMPOSSIBLE), 1)}
"""Faults of times by their codes; a time without a fault has the code 0."""

_UNITS: Final[tuple[Unit, ...]] = (*CLOCKS, "yyyymmdd", "iso")
_ZERO: Final = r"^\s*(?:-1|[-0:/. TZ]+)\s*$"
"""Texts such as `0`, `0000-00-00 00:00:00` and `-1`."""
_LAST_DAY_US: Final = (2_147_472_000 * US_PER_S, 2_147_558_399 * US_PER_S)
"""2038-01-19, with the largest number of seconds that 32 bits hold, which stands for a time that is not known."""


def time_faults(times: pl.Series, unit: Unit | None, written: pl.Series | None = None) -> pl.Series:
    """The codes of `FAULTS`, or 0.

    Args:
        times: Microseconds since 1970.
        unit: Their unit; None for times that are counted from the start of the dump, where 1970 is no placeholder.
        written: The same as the file has them; None for times that need no unit.
    """
    earliest_s = 0 if unit in ("order", None) else MIN_NS_S if unit == "ns" else MIN_TIME_S
    latest_s = SENSIBLE_S[0] if unit == "order" else MAX_TIME_S
    is_sound = times.is_between(earliest_s * US_PER_S, latest_s * US_PER_S)
    if unit != "order":
        is_sound &= ~times.is_between(*_LAST_DAY_US)
    faults = pl.zeros(len(times), pl.UInt8, eager=True)
    if is_sound.all(ignore_nulls=False):
        return faults
    places = (~is_sound.fill_null(value=False)).arg_true()
    return faults.scatter(places, _of_unsound(times[places], unit, None if written is None else written[places]))


def _of_unsound(times: pl.Series, unit: Unit | None, written: pl.Series | None) -> pl.Series:
    is_zero = is_other = pl.lit(value=False)
    if written is not None:
        texts = written.cast(pl.String)
        zeros = texts.str.contains(_ZERO).fill_null(value=False)
        clock = clock_of(unit) if unit is not None else None
        if clock in EPOCHS_S:
            # Their zero is no time near 1970.
            numbers = texts.cast(pl.Float64, strict=False).abs()
            zeros |= (numbers < MIN_TIME_S * CLOCKS[clock]).fill_null(value=False)
        is_zero = pl.lit(zeros)
        first, last = (bound * US_PER_S for bound in SENSIBLE_S)
        sensible = (microseconds(texts, other).is_between(first, last) for other in _UNITS if other != unit)
        is_other = pl.any_horizontal(pl.lit(series.fill_null(value=False)) for series in sensible)
    is_small = (pl.col("time").abs() < MIN_TIME_S * US_PER_S) if unit not in ("order", None) else pl.lit(value=False)
    is_last = pl.col("time").is_between(*_LAST_DAY_US)
    fault = (
        pl.when(is_other)
        .then(FAULTS[OTHER_UNIT])
        .when(is_zero | is_small | is_last)
        .then(FAULTS[UNKNOWN])
        .when(pl.col("time").is_null())
        .then(FAULTS[UNREADABLE])
        .otherwise(FAULTS[IMPOSSIBLE])
    )
    return times.alias("time").to_frame().select(fault.cast(pl.UInt8)).to_series()
