"""Times written as text: ISO 8601 and its neighbours, RFC 2822, and dates with the day or the month in front."""

from typing import Final, Literal

import polars as pl

from seqrec.datasets.canonical.month_names import MONTHS

US_PER_S = 1_000_000

DayOrder = Literal["iso", "dmy", "mdy"]
"""What a date such as 01/02/2019 means: nothing, the first of February, or the second of January."""

FORMS: Final = (
    "2019-10-01, 2019/10/01 or 20191001, alone or with a clock such as 18:30, 18:30:07.25 or 6:30 PM and an offset "
    "such as Z, UTC or +02:00; 1 Oct 2019, 3. März 2019 or Tue, 01 Oct 2019 18:30:07 +0000; and 01/10/2019 with "
    "time_unit dmy or mdy"
)
"""The texts that are read, for people."""

_MONTH: Final = "|".join(MONTHS)
_LOCAL: Final = rf"""(?xi)^\s*
    (?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?
    (?: (?P<year>\d{{4}})(?:[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}})|(?P<mm>\d\d)(?P<dd>\d\d))
      | (?P<first>\d{{1,2}})[-/.](?P<second>\d{{1,2}})[-/.](?P<last>\d{{4}}|\d\d)
      | (?P<of>\d{{1,2}})(?:\.|er|º)?[\s/-]*(?:de\s+)?(?P<name>{_MONTH})[\s.,/-]+(?:del?\s+)?(?P<in>\d{{4}})
      | (?P<called>{_MONTH})\.?\s+(?P<on>\d{{1,2}}),?\s+(?P<at>\d{{4}}) )
    (?: [T_,:\s]*
      (?P<hour>\d\d|\d)(?: :?(?P<minute>\d\d)(?: :?(?P<whole>\d\d)(?:[.,](?P<fraction>\d+))? )? )?
      (?:\s*(?P<half>[ap])\.?m\.?)? )?"""
_OFFSET: Final = r"[+-]\d\d(?::?\d\d)?"
_TEXT: Final = rf"{_LOCAL}\s*(?P<zone>z|(?:utc|gmt)?\s*(?:{_OFFSET})?)\s*$"
_ENDS_LIKE_OFFSET: Final = rf"(?i)(?:z|utc|gmt|.{{8}}{_OFFSET})(?:\s+\d{{4}})?\s*$"
_USUAL_OFFSET: Final = rf"(?i)(?:z|:\d\d\s*{_OFFSET})\s*$"
_WITH_OFFSET: Final = rf"{_LOCAL}\s*(?:z|utc|gmt|(?:utc|gmt)?\s*{_OFFSET})\s*$"

_YEAR_LAST: Final = (
    r"^\s*([A-Za-z]{3} +[A-Za-z]{3} +\d{1,2}) +(\d\d:\d\d:\d\d)( +\S+)? +(\d{4})\s*$",
    "${1} ${4} ${2}${3}",
)
"""What Unix and Twitter write, such as `Sun Oct 27 05:29:34 +0000 2019`, and the same with the year in front of the
clock."""


def text_microseconds(texts: pl.Series, order: DayOrder = "iso") -> pl.Series:
    """Microseconds since 1970-01-01 UTC; null where a text is none of the `FORMS`.

    A time without an offset is taken for UTC (see `has_offset`), a date alone for its midnight, and a year of two
    digits for one from 1969 to 2068.
    """
    usual = usual_microseconds(texts)
    if usual.null_count() == texts.null_count():
        return usual
    parts = texts.str.replace(*_YEAR_LAST).str.extract_groups(_TEXT).struct.unnest()
    first, second = ("first", "second") if order == "dmy" else ("second", "first")
    numbered = pl.col("last") if order != "iso" else pl.lit(None, pl.String)
    is_short = numbered.str.len_bytes() == 2
    century = pl.when(is_short & (numbered < "69")).then(pl.lit("20")).when(is_short).then(pl.lit("19"))
    month = pl.coalesce("name", "called").str.to_lowercase()
    hour = pl.col("hour").cast(pl.Int64)
    half = pl.when(hour <= 12).then(hour % 12 + 12 * (pl.col("half").str.to_lowercase() == "p"))
    written = parts.select(
        pl.concat_str(
            pl.coalesce("year", century.otherwise(pl.lit("")) + numbered, "in", "at"),
            pl.coalesce("month", "mm", second, month.replace_strict(MONTHS, default=None)),
            pl.coalesce("day", "dd", first, "of", "on"),
            # A clock that can't be read is no midnight.
            pl.when(pl.col("half").is_null()).then(hour.fill_null(0)).otherwise(half),
            pl.col("minute").fill_null("0"),
            pl.concat_str(pl.col("whole").fill_null("0"), pl.lit("."), pl.col("fraction").fill_null("0").str.head(6)),
            separator=" ",
        )
    ).to_series()
    local = written.str.to_datetime("%Y %m %d %H %M %S%.f", time_unit="us", strict=False).dt.epoch("us")
    return local - _offset_us(parts["zone"])


def usual_microseconds(texts: pl.Series) -> pl.Series:
    """The same of texts such as `2019-03-05 18:30:07`, `2019-03-05T18:30:07Z` or `2019-03-05`, in a part of the time.

    Null for others.
    """
    text = pl.col("text").str.strip_chars()
    frame = texts.alias("text").to_frame()
    # A form takes as long for a text that does not have it.
    usual = frame.select(_parsed(text, "%F %T")).to_series()
    if usual.null_count() > texts.null_count():
        usual = frame.select(pl.coalesce(usual, _parsed(text, "%F"))).to_series()
    if usual.null_count() == texts.null_count():
        return usual
    is_utc = text.str.slice(19).is_in(["", "Z", " UTC"])
    in_utc = pl.when(is_utc).then(_parsed(text.str.head(19).str.replace("T", " ", literal=True), "%F %T"))
    return frame.select(pl.coalesce(usual, in_utc)).to_series()


def has_offset(texts: pl.Series) -> pl.Series:
    """Whether a text that is one of the `FORMS` says how far its clock is from UTC."""
    may = texts.str.contains(_ENDS_LIKE_OFFSET)
    # To look at the whole of a text takes longest, and few need it.
    if not may.any() or (is_usual := texts.str.contains(_USUAL_OFFSET)).all():
        return may
    return is_usual | (may & texts.str.replace(*_YEAR_LAST).str.contains(_WITH_OFFSET))


def day_order(texts: pl.Series) -> DayOrder | None:
    """Whether most of the texts have the day or the month in front, told by those that leave no choice.

    `iso` where most of them have neither, None where they have but nothing tells which.
    """
    numbers = texts.str.extract_groups(r"^\s*(\d{1,2})[-/.](\d{1,2})[-/.](?:\d{4}|\d\d)(?:\D|$)").struct.unnest()
    first, second = (numbers[name].drop_nulls().cast(pl.Int64) for name in ("1", "2"))
    if 2 * len(first) <= len(texts):
        return "iso"
    is_dmy, is_mdy = bool((first > 12).any()), bool((second > 12).any())
    return None if is_dmy == is_mdy else "dmy" if is_dmy else "mdy"


def _offset_us(zones: pl.Series) -> pl.Series:
    signed = zones.str.extract_groups(r"([+-])(\d\d):?(\d\d)?").struct.unnest()
    minutes = pl.col("2").cast(pl.Int64) * 60 + pl.col("3").cast(pl.Int64).fill_null(0)
    is_west = pl.col("1") == "-"
    offset = pl.when(is_west).then(-minutes).otherwise(minutes) * 60 * US_PER_S
    return signed.select(offset.fill_null(0)).to_series()


def _parsed(text: pl.Expr, form: str) -> pl.Expr:
    return text.str.to_datetime(form, time_unit="us", strict=False).dt.epoch("us")
