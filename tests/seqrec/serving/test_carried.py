"""Lists that are carried over: the files are those of scoring everyone, and only changed users are scored."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from seqrec.models.markov import Config as Markov
from seqrec.preparation.ties import Ties
from seqrec.schema import ITEM, PART, POSITION, TIMESTAMP, USER
from seqrec.serving.answers import Answerer
from seqrec.serving.batch import SCHEMA, score_users
from seqrec.serving.carried import Carried, histories_of
from seqrec.serving.catalogue import Catalogue
from seqrec.serving.user_histories import UserHistories, user_histories
from tests.seqrec.models.fitted import fitted
from tests.synthetic import chain_split

K = 3
KNOWN = 12
"""Items that the model knows."""


@pytest.fixture(scope="module")
def answerer() -> Answerer:
    training = chain_split().training
    catalogue = Catalogue(
        training.vocabulary.item_ids, (None,) * training.n_items, training.counts, training.rules.candidates
    )
    return Answerer(fitted(Markov(), training), catalogue, exclude_seen=True, max_history=4)


def read(answerer: Answerer, histories: dict[str, list[int]], step_s: int = 1, ties: Ties = "file") -> UserHistories:
    """Return histories of item numbers, whose events are a second apart; those above 11 are unknown to the model."""
    rows = [
        (user, f"i{item}" if item < KNOWN else f"new {item}", number * step_s, number)
        for user, items in histories.items()
        for number, item in enumerate(items)
    ]
    events = pl.DataFrame(
        rows, schema={USER: pl.String, ITEM: pl.String, "s": pl.Int64, POSITION: pl.Int64}, orient="row"
    )
    frame = events.with_columns(pl.from_epoch("s", time_unit="s").cast(pl.Datetime("us", "UTC")).alias(TIMESTAMP))
    return user_histories(frame.with_columns(pl.lit(None, pl.String).alias(PART)).lazy(), answerer.catalogue, ties, 0)


def write(folder: Path, answerer: Answerer, users: UserHistories, size: int, carried: Carried | None) -> None:
    """Write the lists of some users at a time."""
    for start in range(0, len(users.user_ids), size):
        rows = np.arange(start, min(start + size, len(users.user_ids)))
        frame = score_users(answerer, users, rows, K) if carried is None else carried.score(answerer, users, rows, K)
        assert frame.schema == SCHEMA
        folder.mkdir(exist_ok=True)
        frame.write_parquet(folder / f"part-{start:05d}.parquet")


Histories = st.dictionaries(
    st.sampled_from(["a", "B", "ä", "10", "9", "zz"]), st.lists(st.integers(0, 14), min_size=1, max_size=6), min_size=1
)


@given(Histories, Histories, st.integers(1, 4), st.sets(st.sampled_from(["a", "ä", "10", "zz"])))
@example_settings(max_examples=60)
def test_the_files_are_those_of_scoring_everyone(
    answerer: Answerer, before: dict[str, list[int]], now: dict[str, list[int]], size: int, same: set[str]
) -> None:
    now |= {user: before[user] for user in same if user in before}
    with TemporaryDirectory() as folder:
        old, new, everyone = (Path(folder) / name for name in ("old", "new", "everyone"))
        earlier, users = read(answerer, before), read(answerer, now)
        write(old, answerer, earlier, size, None)
        carried = Carried.of(pl.scan_parquet(old / "*.parquet"), histories_of(earlier), users)
        assert carried.unchanged.tolist() == [
            user in before and before_is_now(before[user], now[user]) for user in users.user_ids.tolist()
        ]
        write(new, answerer, users, size + 1, carried)
        write(everyone, answerer, users, size + 1, None)
        files = sorted(everyone.iterdir())
        assert [(new / file.name).read_bytes() == file.read_bytes() for file in files] == [True] * len(files)


def before_is_now(before: list[int], now: list[int]) -> bool:
    """Return whether the model sees the same events at the same times."""
    seen = [[(second, item) for second, item in enumerate(items) if item < KNOWN] for items in (before, now)]
    return seen[0] == seen[1]


@given(st.lists(st.integers(0, 14), max_size=6), st.lists(st.integers(0, 14), min_size=1, max_size=6))
@example_settings(max_examples=20)
def test_ties_of_one_user_do_not_depend_on_the_events_of_another(
    answerer: Answerer, other: list[int], own: list[int]
) -> None:
    def shuffled(histories: dict[str, list[int]]) -> int:
        return int(read(answerer, histories, step_s=0, ties="random").digests[-1])

    assert shuffled({"a": other, "b": own}) == shuffled({"b": own}) == shuffled({"b": own[::-1]})


def test_a_digest_depends_on_the_order_the_items_and_the_times(answerer: Answerer) -> None:
    histories = {"a": [1, 2], "b": [2, 1], "c": [1, 2], "d": [1], "e": [1, 13, 2], "f": [13]}
    digests = dict(zip("abcdef", read(answerer, histories).digests.tolist(), strict=True))
    assert digests["a"] == digests["c"]
    assert len(set(digests.values())) == 5
