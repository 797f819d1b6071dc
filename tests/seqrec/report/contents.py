"""A report like that of a real experiment, made in a moment."""

from dataclasses import replace

import numpy as np

from seqrec.audit.finding import Audit, Finding
from seqrec.evaluation.comparison import compare
from seqrec.evaluation.config import Comparison
from seqrec.evaluation.results import Evaluation, Failure
from seqrec.evaluation.scorecard import scorecards
from seqrec.models import FLOORS
from seqrec.models.item_init import ItemInit
from seqrec.models.markov import Config as Markov
from seqrec.models.most_popular import Config as MostPopular
from seqrec.models.recency import Config as Recency
from seqrec.models.sasrec import Config as SASRec
from seqrec.preparation.protocol import Protocol
from seqrec.preparation.splits.temporal import Config as Temporal
from seqrec.preparation.summary import Size
from seqrec.report.content import ReportContent
from seqrec.report.examples import examples
from seqrec.text.source import VectorSource
from seqrec.types import Split
from tests.seqrec.evaluation.evaluations import PROTOCOL, evaluation_of
from tests.seqrec.ingest.samples import QUALITY as SOUND
from tests.synthetic import random_split

BEAUTY = Size(22_363, 12_101, 198_502)
QUALITY = replace(SOUND, n_read=210_606, set_aside={"not JSON": 3}, events=replace(SOUND.events, n_moments=121_107))
MODELS = {
    # Label: kind, median number of items above the target, seeds, epochs, training time in seconds.
    "sasrec_vectors": ("sasrec", 120, 3, 14, 210.0),
    "bert4rec_vectors": ("bert4rec", 135, 3, 22, 480.0),
    "llm_seq_sim": ("llm_seq_sim", 150, 1, 0, 1.4),
    "sasrec_permuted": ("sasrec", 165, 3, 15, 215.0),
    "v_sknn": ("sknn", 165, 3, 0, 3.1),
    "bert4rec": ("bert4rec", 190, 3, 25, 470.0),
    "sasrec": ("sasrec", 195, 3, 12, 190.0),
    "gru4rec": ("gru4rec", 230, 3, 18, 160.0),
    "markov": ("markov", 240, 1, 0, 0.08),
    "recency": ("recency", 420, 1, 0, 0.01),
    "most_popular": ("most_popular", 600, 1, 0, 0.004),
}


CONFIGS = {
    **dict.fromkeys(MODELS, Recency()),
    "sasrec_vectors": SASRec(item_init=ItemInit(source=VectorSource(encoder="minilm"))),
    "sasrec_permuted": SASRec(item_init=ItemInit(source=VectorSource(encoder="minilm"), permuted=True)),
    "sasrec": SASRec(),
    "markov": Markov(),
    "most_popular": MostPopular(),
}


def evaluations(split: Split) -> list[Evaluation]:
    """Return evaluations of every model and seed of `MODELS`; long histories are easier."""
    ease = np.random.default_rng(0).normal(size=len(split.test)) + split.test.prompts.lengths / 20
    return [
        evaluation_of(
            split,
            label,
            (median * np.exp(1.6 * np.random.default_rng((median, seed)).normal(size=len(split.test)) - ease)).astype(
                int
            ),
            model=model,
            seed=seed,
            n_epochs=n_epochs,
            n_pool=800 - median,
            duration_s=duration_s,
            stochastic=n_seeds > 1,
        )
        for label, (model, median, n_seeds, n_epochs, duration_s) in MODELS.items()
        for seed in range(n_seeds)
    ]


def content_of(n_test: int = 800, title: str = "Wet n Wild Eyeliner", n_resamples: int = 200) -> ReportContent:
    """Return a report over `n_test` cases in which item 0 is called `title`."""
    split = random_split(n_items=400, n_test=n_test)
    done = evaluations(split)
    protocol = Protocol(split=Temporal(), cutoffs=(1, 10, 20))
    comparison = compare(
        done,
        split,
        Comparison(n_resamples=n_resamples),
        protocol_digest=PROTOCOL,
        title="Beauty",
        floors=FLOORS,
    )
    titles = [f"{title}, shade {i}" for i in range(split.n_items)]
    return ReportContent(
        name="beauty-temporal",
        title="Amazon Beauty, split by time",
        dataset="amazon_2014-beauty",
        created_at="2026-11-20T21:14:03+00:00",
        commit="c0acd41f2b7e",
        hardware="2 CPU cores",
        versions={"seqrec": "0.1.0", "torch": "2.13.0", "python": "3.11.4"},
        protocol=protocol,
        comparison=comparison,
        fits=tuple(evaluation.fit for evaluation in done),
        failures=(Failure("gru4rec_vectors", 2, "training of gru4rec_vectors: got a loss of NaN in epoch 3"),),
        summary={
            "raw": {"n_users": 22_363, "n_items": 12_101, "n_interactions": 198_502},
            "drawn": {"n_users": 22_363, "n_items": 12_101, "n_interactions": 198_502},
            "n_users": 22_363,
            "n_items": 12_101,
            "n_interactions": 198_502,
            "core_passes": 1,
            "density": 0.00073,
            "has_times": True,
            "first_time": "2002-06-12T00:00:00+00:00",
            "last_time": "2014-07-23T00:00:00+00:00",
            "n_train_sessions": 17_890,
            "n_valid_cases": 500,
            "n_test_cases": n_test,
            "n_train_interactions": 144_142,
            "n_candidates": 12_096,
            "dropped": {"sessions_too_short": 4},
            "n_cut_train_interactions": 17,
            "n_untrained_test_targets": 0,
            "train_lengths": {"mean": 8.06, "median": 6.0, "max": 99},
            "prompt_lengths": {"mean": 10.9, "median": 6.0, "max": 202},
            "tied_test_targets": 0.4346,
            "tied_events": 0.4394,
            "repeats": 0.0,
            "test_targets_before_train_end": 0.013,
        },
        audit=Audit(
            (
                Finding("time", "ok", "No training event is later than any test target.", {"n_cases": n_test}),
                Finding("ties", "note", "43.5 % of test targets share a time.", {"tied_targets": 0.43456}),
            )
        ),
        quality=QUALITY,
        scorecards=scorecards(
            comparison.table,
            BEAUTY,
            protocol,
            {label: config.model_dump(mode="json") for label, config in CONFIGS.items()},
        ),
        examples=examples(
            split,
            {evaluation.label: evaluation.rankings for evaluation in done if evaluation.seed == 0},
            titles,
            n=4,
        ),
        command="seqrec run deployments/experiments/beauty-temporal.toml --data ../data/amazon_2014",
        config='name = "beauty-temporal"\ntitle = "Amazon Beauty, split by time"',
    )
