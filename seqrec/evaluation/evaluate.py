"""One evaluation: rankings, their metrics, and a comparison of a sample with the slow reference."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from seqrec.evaluation import metrics
from seqrec.evaluation.beyond_accuracy import Judged
from seqrec.evaluation.ranking import rank
from seqrec.evaluation.reference import sampled_rows, verify
from seqrec.evaluation.tiles import Scorer
from seqrec.evaluation.witness import Witness
from seqrec.preparation.protocol import Protocol
from seqrec.types import Cases, Rankings, Rules


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The result of an evaluation."""

    rankings: Rankings
    metrics: Mapping[str, float]
    """The metrics, by names such as `ndcg_at_20`."""
    n_verified: int
    """The number of cases that were compared with the slow reference."""


def evaluate(
    model: Scorer, cases: Cases, rules: Rules, popularity: Int64[np.ndarray, " n_items"], protocol: Protocol
) -> Evaluated:
    """Ranks the cases and computes every metric at every cut-off of the protocol.

    Args:
        model: A fitted model.
        cases: The cases to rank.
        rules: The rules of the lists.
        popularity: The interactions of each item, for novelty and serendipity.
        protocol: The protocol; its digest determines the sample of verified cases.

    Raises:
        TrainingError: The model scores an item that may be recommended with NaN.
        EvaluationError: The rankings disagree with the slow reference.
    """
    witness = Witness(sampled_rows(len(cases), protocol.digest), len(popularity), model.device)
    rankings = rank(model, cases, rules, witness)
    judged = Judged(rankings, cases.targets, popularity)
    n_verified = verify(judged, cases, rules, witness, protocol.cutoffs, model.name)
    return Evaluated(rankings, metrics.evaluate(judged, protocol.cutoffs), n_verified)
