"""Models are fitted, judged and asked in memory, as the pipeline does it, with original ids."""

import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest

import seqrec
from seqrec.errors import ConfigError, DataError, SeqrecWarning
from seqrec.models import MODELS
from seqrec.types import Vectors
from tests.seqrec.library.shop import COLUMNS, N_ITEMS, PROTOCOL, orders, products

SMALL = {"training": {"max_epochs": 1}}


@pytest.fixture(scope="module")
def split() -> seqrec.PreparedSplit:
    return seqrec.prepare(seqrec.read(orders(), items=products(), **COLUMNS), PROTOCOL)


@pytest.fixture(scope="module")
def markov(split: seqrec.PreparedSplit) -> seqrec.Model:
    return seqrec.fit("markov", split)


def test_five_lines_from_a_table_to_lists(markov: seqrec.Model, split: seqrec.PreparedSplit) -> None:
    # Each item is followed by the next of the circle, and nothing else.
    assert seqrec.evaluate(markov, split)["hr_at_1"] == 1.0
    assert markov.recommend([[500], ["503", 504]], k=1) == [["501"], ["505"]]
    assert markov.recommend([[500], [503, 504]], k=1) == [[501], [505]]


@pytest.mark.parametrize("config", MODELS, ids=lambda config: config.model_fields["name"].default)
def test_every_model_of_the_union(config: type, split: seqrec.PreparedSplit, markov: seqrec.Model) -> None:
    name = config.model_fields["name"].default
    vectors = seqrec.embed({"name": "lsa", "dim": 2}, split) if "source" in config.model_fields else None
    settings: dict[str, object] = {}
    if "training" in config.model_fields:
        settings |= SMALL
    if vectors is not None:
        settings["source"] = {"encoder": "mine"}
    other = seqrec.fit("most_popular", split)
    if "base" in config.model_fields:
        settings["base"] = "a"
    settings |= {"switch": {"popular": "a", "rare": "b"}, "fuse": {"models": ["a", "b"]}}.get(name, {})
    model = seqrec.fit(
        name, split, encoders={} if vectors is None else {"mine": vectors}, bases={"a": markov, "b": other}, **settings
    )
    assert 0 <= seqrec.evaluate(model, split)["ndcg_at_5"] <= 1
    frame = model.recommend(orders().head(40), k=3)
    assert frame.columns == ["customer", "rank", "sku", "score"]
    assert frame["rank"].max() <= 3


def test_frames_come_back_in_kind_and_type(markov: seqrec.Model) -> None:
    histories = orders().filter(pl.col("customer") < 1_005)
    frame = markov.recommend(histories, k=2)
    assert frame.schema["customer"] == histories.schema["customer"]
    assert frame.schema["sku"] == histories.schema["sku"]
    last = histories.sort("when").group_by("customer", maintain_order=True).last()
    first = frame.filter(pl.col("rank") == 1).join(last, on="customer", suffix="_last")
    assert ((first["sku_last"] - 500 + 1) % N_ITEMS == first["sku"] - 500).all()
    same = markov.recommend(histories.to_pandas(), k=2)
    assert type(same).__module__.startswith("pandas")
    assert pl.from_pandas(same).equals(frame)


def test_without_times_rows_are_in_order(markov: seqrec.Model) -> None:
    frame = pl.DataFrame({"customer": ["x", "y", "x"], "sku": [500, 507, 501]})
    assert markov.recommend(frame, k=1).rows() == [
        ("x", 1, 502, pytest.approx(80, abs=80)),
        ("y", 1, 508, pytest.approx(80, abs=80)),
    ]


def test_histories_have_dates_and_times_of_day_in_two_columns_as_the_data_had() -> None:
    when = pl.from_epoch("when")
    parted = orders().select("customer", "sku", day=when.dt.date(), clock=when.dt.time())
    data = seqrec.read(parted, **COLUMNS | {"time": ["day", "clock"]}, time_zone="Asia/Tokyo")
    model = seqrec.fit("markov", seqrec.prepare(data, PROTOCOL))
    # The later of the two stands first.
    histories = pl.DataFrame({"customer": 1, "sku": [503, 500], "day": "2024-12-31", "clock": ["18:30", "9:30"]})
    assert model.recommend(histories, k=1)["sku"].to_list() == [504]


def test_seen_items_are_left_out_as_the_protocol_says(markov: seqrec.Model) -> None:
    assert markov.recommend([[501, 500]], k=1) != [[501]]
    assert markov.recommend([[501, 500]], k=1, exclude_seen=False) == [[501]]
    assert len(markov.recommend([[500]], k=100)[0]) <= N_ITEMS - 1


def test_what_the_model_does_not_know_is_reported(markov: seqrec.Model) -> None:
    with pytest.warns(SeqrecWarning, match="1 of 2 events have items that the model does not know"):
        lists = markov.recommend([[500, "nix"], []], k=1)
    assert lists[0] == ["501"]
    assert len(lists) == 2
    frame = pl.DataFrame({"customer": ["x", "y"], "sku": [500, None]})
    with pytest.warns(SeqrecWarning, match="1 with no item"):
        assert markov.recommend(frame, k=1)["customer"].to_list() == ["x"]


@pytest.mark.parametrize("histories", [[], pl.DataFrame({"customer": [], "sku": []}), [[]]])
def test_nobody_and_empty_histories(markov: seqrec.Model, histories: object) -> None:
    assert len(markov.recommend(histories, k=1)) in (0, 1)


def test_a_wrong_question_is_refused(markov: seqrec.Model) -> None:
    with pytest.raises(ConfigError, match="k=0"):
        markov.recommend([[500]], k=0)
    with pytest.raises(DataError, match="a str for a history"):
        markov.recommend(["500"])
    with pytest.raises(DataError, match="a column 'sku'"):
        markov.recommend(pl.DataFrame({"customer": [1], "item": [500]}))


def test_the_same_numbers_as_by_hand(split: seqrec.PreparedSplit) -> None:
    one, two = (seqrec.fit("gru4rec", split, seed=seed, dim=8, **SMALL) for seed in (3, 3))
    first, second = (seqrec.evaluate(model, split) for model in (one, two))
    assert first.metrics == second.metrics
    assert first.metrics["hr_at_5"] == np.mean(first.rankings.places.better < 5)


def test_validation_judges_only_who_did_not_learn_from_it() -> None:
    data = seqrec.read(orders(), **COLUMNS)
    split = seqrec.prepare(data, PROTOCOL | {"split": {"name": "temporal"}})
    with pytest.warns(SeqrecWarning, match="markov learnt from the validation cases"):
        seqrec.evaluate(seqrec.fit("markov", split), split, "valid")
    apart = split.for_selection()
    seqrec.evaluate(seqrec.fit("markov", apart), split, "valid")
    seqrec.evaluate(seqrec.fit("gru4rec", split, dim=8, **SMALL), split, "valid")
    base = seqrec.fit("most_popular", split)
    hybrid = seqrec.fit("fuse", apart, models=["a", "b"], bases={"a": base, "b": seqrec.fit("markov", apart)})
    assert hybrid.learnt_from_valid


def test_what_is_missing_is_named(split: seqrec.PreparedSplit, markov: seqrec.Model) -> None:
    with pytest.raises(ConfigError, match="no model 'b'"):
        seqrec.fit("fuse", split, models=["a", "b"], bases={"a": markov})
    with pytest.raises(ConfigError, match="encoder 'nix'"):
        seqrec.fit("llm_seq_sim", split, source={"encoder": "nix"})
    with pytest.raises(ConfigError, match="width of its item vectors"):
        seqrec.fit(
            "sasrec",
            split,
            dim=8,
            item_init={"source": {"encoder": "lsa"}},
            encoders={"lsa": {"name": "lsa", "dim": 2}},
        )
    with pytest.raises(ConfigError, match="Did you mean 'sasrec'"):
        seqrec.fit("sasrek", split)
    with pytest.raises(ConfigError, match="Did you mean 'dim'"):
        seqrec.fit("sasrec", split, dims=8)


def test_another_split_is_refused(markov: seqrec.Model) -> None:
    other = seqrec.prepare(seqrec.read(orders(n_users=3), **COLUMNS), PROTOCOL)
    with pytest.raises(ConfigError, match="not those of the model"):
        seqrec.evaluate(markov, other)
    with pytest.raises(ConfigError, match="not those of the model"):
        seqrec.fit("fuse", other, models=["a", "b"], bases={"a": markov, "b": markov})
    earlier = seqrec.prepare(seqrec.read(orders(), **COLUMNS), PROTOCOL | {"split": "temporal"})
    with pytest.raises(ConfigError, match="training sequences are not those of the model"):
        seqrec.evaluate(markov, earlier)


def test_vectors_of_other_items_are_refused(split: seqrec.PreparedSplit) -> None:
    few = Vectors(np.ones((3, 2), np.float32))
    with pytest.raises(ConfigError, match="got 3 vectors; expected one for each of the 12 items"):
        seqrec.fit("llm_seq_sim", split, source={"encoder": "few"}, encoders={"few": few})


def test_pandas_ids_beside_missing_ones_stay_the_same() -> None:
    frame = orders().to_pandas()
    frame.loc[3, "sku"] = None
    with pytest.warns(SeqrecWarning, match="1 as 'no item'"):
        model = seqrec.fit("markov", seqrec.prepare(seqrec.read(frame, **COLUMNS), PROTOCOL))
    assert model.recommend([[500]], k=1) == [[501]]
    histories = pd.DataFrame({"customer": [1, 2], "sku": [500, None]})
    with pytest.warns(SeqrecWarning, match="1 with no item"):
        assert model.recommend(histories, k=1)["sku"].tolist() == [501]


def test_a_wrong_type_is_an_error_with_a_remedy() -> None:
    # In a process of its own, because in this one annotations are checked at every call.
    done = subprocess.run(
        [sys.executable, "-m", "tests.seqrec.library.misused"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    answers = [line.split(": ", 1) for line in done.stdout.splitlines()]
    assert len(answers) > 15
    assert [call for call, answer in answers if answer != "SeqrecError"] == []


def test_a_list_may_be_longer_than_the_catalogue(markov: seqrec.Model) -> None:
    assert markov.recommend([[500]], k=10**12) == markov.recommend([[500]], k=N_ITEMS)


def test_metrics_go_by_both_spellings(markov: seqrec.Model, split: seqrec.PreparedSplit) -> None:
    found = seqrec.evaluate(markov, split)
    assert found["ndcg@5"] == found["ndcg_at_5"]


def test_a_protocol_by_name_and_its_mistakes(split: seqrec.PreparedSplit) -> None:
    data = seqrec.read(orders(), **COLUMNS)
    assert seqrec.prepare(data, "temporal").protocol.split.name == "temporal"
    assert seqrec.prepare(data, split.protocol).summary == split.summary
    with pytest.raises(ConfigError, match="leave_one_out"):
        seqrec.prepare(data, "leave_one_in")


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = "import sys, seqrec; assert not {'numpy', 'torch', 'polars'} & set(sys.modules); print(dir(seqrec))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert all(name in found.stdout for name in seqrec.__all__)
    code = "import sys, seqrec; seqrec.fit; assert not {'prefect', 'mlflow', 'duckdb'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
