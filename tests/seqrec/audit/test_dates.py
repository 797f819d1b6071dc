import pytest

from seqrec.audit.dates import order_of
from tests.seqrec.preparation.tables import events

YEAR = 365 * 86_400_000_000


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(0, 0, YEAR), (0, 1, YEAR + 1), (1, 0, YEAR + 5)], "dates"),
        # One broken time in three.
        ([(0, 0, 0), (0, 1, YEAR + 1), (1, 0, YEAR + 5)], "dates"),
        ([(0, 0, 0), (0, 1, 1), (1, 0, 0), (1, 1, 1), (1, 2, 2)], "within users"),
        # The lines of a file, user after user.
        ([(0, 0, 0), (0, 1, 1), (1, 0, 2), (1, 1, 3), (2, 2, 4), (2, 0, 5)], "within users"),
        ([(0, 0, 0), (1, 1, 1), (0, 0, 2), (2, 1, 3), (1, 2, 4), (2, 0, 5)], "running number"),
    ],
)
def test_what_stands_for_the_times(rows, expected):
    assert order_of(events(rows)) == expected
