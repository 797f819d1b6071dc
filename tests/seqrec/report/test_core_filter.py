from typing import Any

from seqrec.preparation.protocol import Core
from seqrec.report.core_filter import core_notice

CORE = Core(users=5, items=5)


def summary(n_users: int, n_items: int, drawn: dict[str, int] | None = None) -> dict[str, Any]:
    return {"raw": {"n_users": 250, "n_items": 300}, "drawn": drawn, "n_users": n_users, "n_items": n_items}


def test_counts_shares_and_what_to_change_are_said() -> None:
    notice = core_notice(summary(240, 106), CORE)
    assert notice is not None
    assert notice.found == "it leaves 240 of 250 users (96%) and 106 of 300 items (35%)"
    assert "lower protocol.core.users (now 5) or protocol.core.items (now 5)" in notice.remedy


def test_a_filter_that_removes_less_than_a_third_needs_no_word() -> None:
    assert core_notice(summary(250, 201), CORE) is None
    assert core_notice(summary(250, 199), CORE) is not None
    assert core_notice(summary(166, 300), CORE) is not None


def test_users_that_were_not_drawn_were_not_filtered() -> None:
    assert core_notice(summary(95, 190, drawn={"n_users": 100, "n_items": 200}), CORE) is None
