from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from seqrec.errors import ConfigError
from seqrec.experiment_file import load_experiment
from seqrec.preparation.dates import Moment, iso, microseconds

READ = TypeAdapter(Moment)


@pytest.mark.parametrize(
    "raw",
    [
        "2014-06-01",
        "20140601",
        "2014-06-01 00:00",
        "2014-06-01T00:00:00Z",
        "2014-06-01T02:00:00+02:00",
        date(2014, 6, 1),
        datetime(2014, 6, 1),  # noqa: DTZ001 - the test needs a time without an offset
        datetime(2014, 5, 31, 19, tzinfo=timezone(timedelta(hours=-5))),
    ],
)
def test_every_way_to_write_a_moment_is_the_same_moment(raw):
    moment = READ.validate_python(raw)
    assert moment == datetime(2014, 6, 1, tzinfo=UTC)
    assert moment.tzinfo is UTC
    assert READ.dump_json(moment) == b'"2014-06-01T00:00:00Z"'


@pytest.mark.parametrize("raw", ["June 2014", "2014-06", 1401580800, 1401580800.0, True, ""])
def test_what_is_no_moment_is_refused(raw):
    with pytest.raises(ValidationError, match="a date such as 2014-06-01"):
        READ.validate_python(raw)


def test_microseconds_by_hand():
    assert microseconds(datetime(1970, 1, 2, tzinfo=UTC)) == 86_400_000_000
    assert iso(86_400_000_000) == "1970-01-02T00:00:00+00:00"


@given(st.integers(-(10**15), 4 * 10**15))
def test_microseconds_survive_being_written(time_us):
    assert microseconds(READ.validate_python(iso(time_us))) == time_us


def test_an_experiment_takes_a_date_of_toml_and_names_the_key_of_what_is_none(tmp_path):
    path = tmp_path / "one.toml"
    path.write_text(
        'name = "one"\ntitle = "t"\ndataset = { name = "demo" }\nmodels = {}\n[protocol.split]\nname = "temporal"\n'
    )
    for written in ("2014-06-01", "2014-06-01T00:00:00Z", "'2014-06-01 00:00'"):
        split = load_experiment(path, [f"protocol.split.test_from={written}"]).protocol.split
        assert split.test_from == datetime(2014, 6, 1, tzinfo=UTC)
    with pytest.raises(ConfigError) as caught:
        load_experiment(path, ["protocol.split.test_from=June"])
    assert caught.value.subject.endswith("protocol.split.test_from")
    assert caught.value.got == "'June'"
    assert "such as 2014-06-01" in caught.value.expected
