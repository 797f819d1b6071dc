import numpy as np

from seqrec.audit.dump_events import dump_events, user_places
from seqrec.preparation.prepare import prepare
from tests.seqrec.preparation.tables import protocol, table

ROWS = [(user, item, day) for day, item in enumerate("vwxyz") for user in ("c", "a", "b")] + [("rare", "v", 1)]


def test_the_events_are_those_that_the_core_filter_left_in_the_order_of_the_dump():
    rows = table(ROWS)
    split = prepare(rows, protocol(core={"users": 2, "items": 2}, split={"name": "leave_one_out"})).split
    events = dump_events(rows.sample(fraction=1.0, shuffle=True, seed=1), split.training.vocabulary)
    users, items = split.training.vocabulary.user_ids[events.users], split.training.vocabulary.item_ids[events.items]
    days = (events.times // 86_400_000_000).tolist()
    assert list(zip(users, items, days, strict=True)) == ROWS[:-1]
    assert events.positions.tolist() == list(range(15))


def test_users_are_placed_as_the_dump_names_them():
    rows = table(ROWS)
    split = prepare(rows, protocol(split={"name": "leave_one_out"})).split
    places = user_places(dump_events(rows, split.training.vocabulary), split.training.vocabulary.n_users)
    assert split.training.vocabulary.user_ids[np.argsort(places)].tolist() == ["c", "a", "b", "rare"]
