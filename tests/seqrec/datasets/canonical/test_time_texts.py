from datetime import UTC, datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.datasets.canonical.time_texts import DayOrder, day_order, has_offset, text_microseconds

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FORMS: list[tuple[str, DayOrder]] = [
    ("%Y-%m-%d %H:%M:%S", "iso"),
    ("%Y-%m-%dT%H:%M:%SZ", "iso"),
    ("%Y-%m-%d %H:%M:%S UTC", "iso"),
    ("%Y/%m/%d %H:%M:%S", "iso"),
    ("%Y.%m.%d %I:%M:%S %p", "iso"),
    ("%Y%m%dT%H%M%SZ", "iso"),
    ("%Y%m%d%H%M%S", "iso"),
    ("%a, %d %b %Y %H:%M:%S GMT", "iso"),
    ("%a %b %d %H:%M:%S %Y", "iso"),
    ("%a %b %d %H:%M:%S +0000 %Y", "iso"),
    ("%a %b %d %H:%M:%S UTC %Y", "iso"),
    ("%d %B %Y, %H:%M:%S", "iso"),
    ("%B %d, %Y %I:%M:%S%p", "iso"),
    ("%d/%b/%Y:%H:%M:%S", "iso"),
    ("%d/%m/%Y %H:%M:%S", "dmy"),
    ("%d.%m.%y %H:%M:%S", "dmy"),
    ("%m/%d/%Y %I:%M:%S %p", "mdy"),
    ("%m-%d-%Y %H:%M:%S", "mdy"),
]


def read(text: str | None, order: DayOrder = "iso") -> datetime | None:
    time = text_microseconds(pl.Series([text], dtype=pl.String), order).item()
    return None if time is None else EPOCH + timedelta(microseconds=time)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2019-10-01 12:00:00,123", datetime(2019, 10, 1, 12, microsecond=123_000, tzinfo=UTC)),
        ("2019-10-01T12:00:00.123456789Z", datetime(2019, 10, 1, 12, microsecond=123_456, tzinfo=UTC)),
        ("2019/1/2", datetime(2019, 1, 2, tzinfo=UTC)),
        ("2019-10-01 18", datetime(2019, 10, 1, 18, tzinfo=UTC)),
        ("2019-10-01 12:05 a.m.", datetime(2019, 10, 1, 0, 5, tzinfo=UTC)),
        ("2019-10-01 12:05 PM", datetime(2019, 10, 1, 12, 5, tzinfo=UTC)),
        ("2019-10-01 18:30:00 UTC+02:00", datetime(2019, 10, 1, 16, 30, tzinfo=UTC)),
        ("Tue, 01 Oct 2019 18:30:07 -0730", datetime(2019, 10, 2, 2, 0, 7, tzinfo=UTC)),
        ("Sept 5, 2019", datetime(2019, 9, 5, tzinfo=UTC)),
        ("03. Mär 2025", datetime(2025, 3, 3, tzinfo=UTC)),
        ("3.März.2025 18:30", datetime(2025, 3, 3, 18, 30, tzinfo=UTC)),
        ("3 mars 2025", datetime(2025, 3, 3, tzinfo=UTC)),
        ("1er AOÛT 2024", datetime(2024, 8, 1, tzinfo=UTC)),
        ("3 de marzo de 2025", datetime(2025, 3, 3, tzinfo=UTC)),
        ("3 mag 2025", datetime(2025, 5, 3, tzinfo=UTC)),
        ("3 mrt. 2025 18:30:00", datetime(2025, 3, 3, 18, 30, tzinfo=UTC)),
        ("3 jui 2025", None),
        ("2019-10-01 13:05 PM", None),
        ("2019-10-01 24:00:00", None),
        ("2019-10-01 25:00", None),
        ("2019-02-30", None),
        ("1 Octember 2019", None),
        ("October 2019", None),
        ("31/12/2019", None),
        ("20191301", None),
        ("2019", None),
        ("1572154174", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_known_answers(text: str | None, moment: datetime | None) -> None:
    assert read(text) == moment


@pytest.mark.parametrize(
    ("text", "order", "moment"),
    [
        ("01/02/2019", "dmy", datetime(2019, 2, 1, tzinfo=UTC)),
        ("01/02/2019", "mdy", datetime(2019, 1, 2, tzinfo=UTC)),
        ("1.2.68", "dmy", datetime(2068, 2, 1, tzinfo=UTC)),
        ("1.2.69", "dmy", datetime(1969, 2, 1, tzinfo=UTC)),
        ("31/12/2019", "mdy", None),
        ("2019-02-01", "dmy", datetime(2019, 2, 1, tzinfo=UTC)),
    ],
)
def test_the_setting_tells_days_from_months(text: str, order: DayOrder, moment: datetime | None) -> None:
    assert read(text, order) == moment


@given(
    moments=st.lists(st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1)), min_size=1, max_size=5),  # noqa: DTZ001 - naive is UTC
    form=st.sampled_from(FORMS),
    blank=st.sampled_from(["", " ", "\t"]),
)
def test_every_form_is_read_as_python_wrote_it(moments: list[datetime], form: tuple[str, DayOrder], blank: str) -> None:
    written, order = form
    texts = pl.Series([f"{blank}{moment.strftime(written)}{blank}" for moment in moments])
    expected = [moment.replace(microsecond=0, tzinfo=UTC) for moment in moments]
    found = text_microseconds(texts, order)
    assert [EPOCH + timedelta(microseconds=time) for time in found] == expected


@given(
    moment=st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1)),  # noqa: DTZ001 - the zone comes next
    minutes=st.integers(-14 * 60, 14 * 60),
    with_colon=st.booleans(),
)
def test_offsets_are_honoured(moment: datetime, minutes: int, *, with_colon: bool) -> None:
    there = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    offset = there.strftime("%z")
    text = there.strftime("%Y-%m-%d %H:%M:%S.%f") + (f"{offset[:3]}:{offset[3:]}" if with_colon else f" {offset}")
    assert read(text) == there
    assert has_offset(pl.Series([text])).all()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("20191001T183007+0200", datetime(2019, 10, 1, 16, 30, 7, tzinfo=UTC)),
        ("20191001183007-0200", datetime(2019, 10, 1, 20, 30, 7, tzinfo=UTC)),
        ("2019-10-01 6:30 PM +02:00", datetime(2019, 10, 1, 16, 30, tzinfo=UTC)),
        ("2019-10-01+02:00", datetime(2019, 9, 30, 22, tzinfo=UTC)),
        ("2019-10-01Z", datetime(2019, 10, 1, tzinfo=UTC)),
        ("Sun Oct 27 05:29:34 +0200 2019", datetime(2019, 10, 27, 3, 29, 34, tzinfo=UTC)),
    ],
)
def test_every_offset_that_is_read_is_noticed(text: str, moment: datetime) -> None:
    assert read(text) == moment
    assert has_offset(pl.Series([text])).all()


@pytest.mark.parametrize(
    "text",
    [
        "2019-10-01",
        " 2019-10-01 ",
        "01-10-2019",
        "2019-10-01 18:30:07",
        "2019-10-01 18:30:07.25",
        "20191001T183007",
        "Sun Oct 27 05:29:34 2019",
    ],
)
def test_no_offset(text: str) -> None:
    assert not has_offset(pl.Series([text])).any()


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["2019-10-01", "31/12/2019"], "iso"),
        (["1/2/2019", "13/2/2019 05:00"], "dmy"),
        (["1/2/19", "2/13/19"], "mdy"),
        (["1/2/2019"], None),
        (["13/2/2019", "2/13/2019"], None),
        (["soon"], "iso"),
    ],
)
def test_what_stands_in_front(texts: list[str], order: DayOrder | None) -> None:
    assert day_order(pl.Series(texts)) == order
