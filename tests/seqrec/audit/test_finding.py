import json

import pytest

from seqrec.audit.finding import Audit, Finding, percent
from seqrec.errors import DataError

FINE = Finding("repeats", "ok", "None.", {"n_cases": 3, "share": 0.25})
KNOWN = Finding("ties", "by design", "Many.", {})
BAD = Finding("time", "wrong", "Training knows the answer.", {"n": 1}, "Mend the split.")
WORSE = Finding("overlap", "wrong", "It does.", {"n": 2}, "Mend it too.")


def test_an_audit_survives_json_with_counts_as_counts():
    audit = Audit((FINE, KNOWN, BAD))
    again = Audit.from_json(json.loads(json.dumps(audit.to_json())))
    assert again == audit
    assert isinstance(again.findings[0].figures["n_cases"], int)


def test_what_is_by_design_stops_nothing():
    Audit((FINE, KNOWN)).stop_if_wrong()


def test_what_is_wrong_stops_with_the_way_out():
    with pytest.raises(DataError) as caught:
        Audit((KNOWN, BAD, WORSE)).stop_if_wrong()
    assert caught.value.subject == "audit: time"
    assert caught.value.got == "Training knows the answer (and 1 more)"
    assert caught.value.remedy == "Mend the split."


def test_findings_are_found_by_check():
    assert Audit((FINE, KNOWN, BAD)).of("ties") == (KNOWN,)


@pytest.mark.parametrize(
    ("share", "shown"), [(0.0, "0.0 %"), (0.00123, "0.12 %"), (0.067, "6.70 %"), (0.435, "43.5 %")]
)
def test_small_shares_keep_their_digits(share, shown):
    assert percent(share) == shown
