import pickle

import pytest

from seqrec import errors
from seqrec.errors import DataError, SeqrecError

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, SeqrecError)]


def test_the_message_holds_all_four():
    error = DataError("reviews.csv, column 'time'", got="no such column", expected="a time", remedy="Map one.")
    assert str(error) == "reviews.csv, column 'time': got no such column; expected a time. Map one."


@pytest.mark.parametrize("kind", KINDS)
def test_errors_come_back_whole_from_a_worker(kind):
    error = kind("s", got="g", expected="e", remedy="r")
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is kind
    assert (back.subject, back.got, back.expected, back.remedy, str(back)) == ("s", "g", "e", "r", str(error))
