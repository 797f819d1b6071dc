import json

import pytest

from seqrec.evaluation.results import Cell, Row, Table
from seqrec.evaluation.scorecard import Scorecard, matches, published, scorecards
from seqrec.models import MODELS as MODEL_CONFIGS
from seqrec.models.item_init import ItemInit
from seqrec.models.most_popular import Config as MostPopular
from seqrec.models.sasrec import Config as SASRec
from seqrec.models.sknn import Config as Neighbours
from seqrec.preparation.protocol import Protocol, Sampled
from seqrec.preparation.shuffle import Shuffle
from seqrec.preparation.splits import SPLITS
from seqrec.preparation.splits.leave_one_out import Config as LeaveOneOut
from seqrec.preparation.splits.temporal import Config as Temporal
from seqrec.preparation.summary import Size
from seqrec.text.source import VectorSource

BEAUTY = Size(22_363, 12_101, 198_502)
TEMPORAL = Protocol(split=Temporal())
VECTORS = ItemInit(source=VectorSource(encoder="minilm"))
MODELS = {
    "mp": MostPopular(),
    "sasrec": SASRec(),
    "vectors": SASRec(item_init=VECTORS),
    "permuted": SASRec(item_init=VECTORS.model_copy(update={"permuted": True})),
    "v_sknn": Neighbours(decay="harmonic"),
    "sknn": Neighbours(),
}
SETTINGS = {label: model.model_dump(mode="json") for label, model in MODELS.items()}


def table_of(labels=tuple(MODELS), metrics=("ndcg_at_20", "hr_at_10")):
    cell = Cell(0.04, None, 0.03, 0.05)
    rows = tuple(
        Row(
            label,
            MODELS[label].name,
            1,
            (0,),
            False,
            dict.fromkeys(metrics, cell),
            None,
            None,
            None,
            None,
            1.0,
            10,
            None,
        )
        for label in labels
    )
    return Table("t", metrics, rows, labels[0], "ndcg_at_20", 10, "digest", 0.95)


def pairs(cards):
    return {card.title: {(line.label, line.published_model) for line in card.lines} for card in cards}


def test_models_stand_beside_their_own_rows_only():
    found = pairs(scorecards(table_of(), BEAUTY, TEMPORAL, SETTINGS))
    both = {("mp", "MostPopular"), ("sasrec", "SASRec"), ("v_sknn", "V_SKNN")}
    assert found == {
        "Harte et al. 2023, Table 2": both,
        "Boz et al. 2024, Table 4": both | {("vectors", "LLM2SASRec")},
    }


def test_gap_by_hand():
    card = next(c for c in scorecards(table_of(("mp",)), BEAUTY, TEMPORAL, SETTINGS) if c.title.startswith("Harte"))
    values = {line.metric: (line.published, line.gap, line.relative_gap) for line in card.lines}
    assert values == {
        "hr_at_10": (0.010, pytest.approx(0.03), pytest.approx(3.0)),
        "ndcg_at_20": (0.006, pytest.approx(0.034), pytest.approx(34 / 6)),
    }


def test_leave_one_out_has_tables_of_its_own():
    found = pairs(scorecards(table_of(), BEAUTY, Protocol(split=LeaveOneOut()), SETTINGS))
    assert found == {"S3-Rec, P5 and GenRec on Beauty": {("mp", "PopRec"), ("sasrec", "SASRec")}}


@pytest.mark.parametrize(
    ("size", "protocol"),
    [
        (Size(22_363, 12_101, 198_501), TEMPORAL),
        (BEAUTY, Protocol(split=Temporal(fold=2))),
        (BEAUTY, Protocol(split=Temporal(test_from="2014-06-01"))),
        (BEAUTY, Protocol(split=Temporal(), candidates=Sampled(n=99))),
        (BEAUTY, Protocol(split=Temporal(), users=22_363)),
        (BEAUTY, Protocol(split=Temporal(), max_history=50)),
        (BEAUTY, Protocol(split=Temporal(), shuffle=Shuffle(part="test"))),
    ],
    ids=["one interaction less", "a fold", "from a date", "sampled ranking", "drawn users", "cut", "shuffled"],
)
def test_no_scorecard_for_other_data_or_protocols(size, protocol):
    assert scorecards(table_of(), size, protocol, SETTINGS) == ()


def test_no_scorecard_without_a_common_metric():
    assert scorecards(table_of(metrics=("ndcg_at_3",)), BEAUTY, TEMPORAL, SETTINGS) == ()


def test_survives_json():
    for card in scorecards(table_of(), BEAUTY, TEMPORAL, SETTINGS):
        assert Scorecard.from_json(json.loads(json.dumps(card.to_json()))) == card


@pytest.mark.parametrize(
    ("wanted", "setting", "verdict"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": 1}, {"b": 2}, False),
        ({"a": {"b": 1}}, {"a": None}, False),
        ({"a": {}}, {"a": {"b": 1}}, True),
        ({"a": False}, {"a": None}, True),
        ({"a": False}, {"a": {"b": 1}}, False),
        ({"a": ["x", "y"]}, {"a": "y"}, True),
        ({"a": ["x", "y"]}, {"a": "z"}, False),
    ],
)
def test_matches(wanted, setting, verdict):
    assert matches(wanted, setting) is verdict


def test_published_numbers_are_the_papers():
    papers = {paper.title: {row.model: row.values for row in paper.rows} for paper in published()}
    assert papers["Harte et al. 2023, Table 2"]["LLM2BERT4Rec"]["ndcg_at_20"] == 0.051
    assert papers["Harte et al. 2023, Table 2"]["MostPopular"]["novelty_at_20"] == 9.408
    assert papers["Boz et al. 2024, Table 4"]["LLM2SASRec"]["hr_at_10"] == 0.083
    assert papers["S3-Rec, P5 and GenRec on Beauty"]["SASRec"] == {
        "hr_at_5": 0.0387, "ndcg_at_5": 0.0249, "hr_at_10": 0.0605, "ndcg_at_10": 0.0318,
        "hr_at_20": 0.0902, "ndcg_at_20": 0.0394,
    }  # fmt: skip
    assert papers["S3-Rec, P5 and GenRec on Sports"]["GenRec"]["ndcg_at_10"] == 0.0353
    assert papers["S3-Rec, P5 and GenRec on Yelp"]["S3-Rec"]["hr_at_20"] == 0.0573
    assert [len(rows) for rows in papers.values()] == [22, 8, 11, 11, 10]


@pytest.mark.parametrize("paper", published(), ids=lambda paper: paper.title)
def test_published_tables_are_plausible(paper):
    assert paper.split in {split.model_fields["name"].default for split in SPLITS}
    assert set(paper.size) == {"n_users", "n_items", "n_interactions"}
    assert paper.notes
    assert paper.url.startswith("https://")
    for row in paper.rows:
        for k in (5, 10, 20):
            if f"hr_at_{k}" in row.values:
                assert 0 < row.values[f"ndcg_at_{k}"] <= row.values[f"hr_at_{k}"] < 1
    names = {config.model_fields["name"].default for config in MODEL_CONFIGS}
    assert {row.match["name"] for row in paper.rows if row.match} <= names
