"""The wording of results, in sentences and in the units that readers expect."""

import inspect
import math
from collections import Counter
from collections.abc import Iterator

from seqrec.audit.finding import Audit
from seqrec.evaluation.results import Cell, Row, Table
from seqrec.models import FLOORS
from seqrec.preparation.protocol import Protocol, Sampled
from seqrec.preparation.shuffle import Shuffle
from seqrec.preparation.splits.base import SplitConfig

_NAMES = {"ndcg": "NDCG", "hr": "HR", "mrr": "MRR"}


def metric_name(name: str) -> str:
    """Formats `ndcg_at_20` as `NDCG@20`."""
    kind, _, cutoff = name.rpartition("_at_")
    return f"{_NAMES.get(kind, kind.capitalize())}@{cutoff}"


def interval(cell: Cell) -> str:
    """Formats an interval as `0.0461 to 0.0532`; empty if there is none."""
    return "" if cell.low is None or cell.high is None else f"{cell.low:.4f} to {cell.high:.4f}"


def duration(seconds: float) -> str:
    """Formats a duration with about two units or digits."""
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def chance(p: float | None, *, is_bound: bool = False) -> str:
    """Formats a p-value, or a number that it is smaller than."""
    if p is None:
        return ""
    # A bound is rounded up, so that it remains one.
    least = max(math.ceil(1000 * p) / 1000, 0.001) if is_bound else 0.001
    return f"p < {least:.3f}" if is_bound or p < least else f"p = {p:.3f}"


def headline(table: Table) -> str:
    """Names the best model and its result."""
    best = table.rows[0]
    cell = best.cells[table.comparison]
    sure = f" ({table.confidence:.0%} interval {interval(cell)})" if cell.low is not None else ""
    seeds = f", the mean of {best.n_seeds} seeds" if best.n_seeds > 1 else ""
    seeds = ", one training" if best.one_training else seeds
    return f"{best.label} is best: {metric_name(table.comparison)} {cell.mean:.4f}{sure}{seeds}."


def findings(table: Table) -> Iterator[str]:
    """Compares the best model with the reference and the floors, and counts models that differ from the reference."""
    best, reference = table.rows[0], table.row(table.reference)
    if best is not reference:
        yield _against_reference(best, reference, table)
    floor = next((row for row in table.rows if row.model in FLOORS), None)
    if floor is not None and floor not in (best, reference):
        yield f"The best floor is {floor.label}; {best.label} is {_ratio(best, floor, table)} above it."
    if floor is best:
        yield "No model beats the best floor: a simple count is as good as every trained model."
        stopped = [f"{row.label} (max_epochs = {row.stopped_at})" for row in table.rows if row.stopped_at]
        if stopped:
            yield f"But not every network was trained to its end: {', '.join(stopped)} still improved when it stopped."
    found = Counter(table.verdict(row) for row in table.rows)
    n_tested = found["better"] + found["worse"] + found["unclear"]
    if n_tested:
        yield (
            f"Tested against {reference.label}, over seeds and test cases, {found['better']} of {n_tested} models are "
            f"significantly better and {found['worse']} significantly worse; {found['unclear']} do not differ "
            "significantly."
        )
    if found["one training"]:
        yield _without_verdict(reference, found["one training"])


def _against_reference(best: Row, reference: Row, table: Table) -> str:
    lead = f"That is {_ratio(best, reference, table)} above the reference {reference.label}"
    found = table.verdict(best)
    if found == "one training":
        return f"{lead}; other seeds may give another order."
    by = "more than the chance of seeds and test cases explains" if found == "better" else "which may still be chance"
    return f"{lead}, {by} ({chance(best.p_adjusted)} after correction for all tests)."


def _without_verdict(reference: Row, n_untested: int) -> str:
    if reference.one_training:
        return (
            f"The reference {reference.label} is one training, so no model is tested against it; with several seeds "
            "there would be a verdict."
        )
    models = "1 model is one training" if n_untested == 1 else f"{n_untested} models are one training each"
    return f"{models}, without a verdict; with several seeds there would be one."


def method(table: Table) -> str:
    """Says which test is behind the verdicts, what intervals and tests cover, and what else one must know."""
    tests = (
        f"Intervals ({table.confidence:.0%}) and verdicts cover the chance of seeds and of test cases: t tests on "
        f"{metric_name(table.comparison)} with a variance for the seeds and one for the cases, paired by case, p "
        "corrected for the number of tests by Holm's method. The interval of one training covers test cases only, and "
        "there is no verdict with it."
    )
    return " ".join((tests, *table.notes))


def sign_flip_method(table: Table) -> str:
    """Says what the sign-flip test compares."""
    return (
        f"These trainings against those of {table.reference}: whether they, and no others, would differ on other test "
        "cases. The paired sign-flip test knows nothing about other seeds, so it says nothing about the models. p is "
        "corrected by Holm's method; 'p <' means that no resample was as extreme as the data."
    )


def audit_headline(audit: Audit) -> str:
    """Counts the findings of each kind; there is no report if any finding is wrong."""
    counts = Counter(finding.verdict for finding in audit.findings)
    n, n_remarkable = len(audit.findings), counts["note"] + counts["by design"]
    if counts["ok"] == n:
        return f"All {n} findings are ok."
    sentences = [
        "Nothing is certainly wrong." if counts["warning"] else "Nothing is wrong.",
        f"{n_remarkable} of {n} findings follow from the protocol or the dump; read the numbers with them in mind.",
    ]
    if counts["warning"]:
        sentences.insert(0, f"Warnings: {counts['warning']}. The data look as if they gave answers away.")
    return " ".join(sentences)


def figure_name(name: str) -> str:
    """Formats `max_hr_at_10` as `max hr@10`."""
    return name.replace("_at_", "@").replace("_", " ")


def figure(value: int | float) -> str:
    """Formats a count in full, and any other number to four digits."""
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def _ratio(row: Row, other: Row, table: Table) -> str:
    ours, theirs = row.cells[table.comparison].mean, other.cells[table.comparison].mean
    return f"{(ours - theirs) / theirs:.0%}" if theirs > 0 else f"{ours - theirs:.4f}"


def protocol_in_words(protocol: Protocol) -> Iterator[tuple[str, str]]:
    """Yields the name and the wording of each decision of the protocol."""
    core, counts = protocol.core, protocol.counts
    if protocol.users is not None:
        yield "Users", f"{protocol.users:,} drawn from the dump, by a fixed seed, before anything else"
    yield (
        "Core filter",
        f"at least {core.users} interactions per user and {core.items} per item, until stable"
        if core.users or core.items
        else "off",
    )
    yield "Split", _split_in_words(protocol.split)
    yield "Equal times", _TIES[protocol.ties]
    if protocol.max_history is not None:
        yield "Histories", f"cut to their last {protocol.max_history} events, in training and in prompts"
    if protocol.shuffle is not None:
        yield "Order", _shuffle_in_words(protocol.shuffle)
    yield (
        "Seen items",
        "items of the prompt are not recommended" if protocol.seen == "exclude" else "may be recommended again",
    )
    yield "Candidates", _candidates_in_words(protocol)
    yield "Equal scores", "expectation of the metric over random orders of the tied items"
    yield (
        "Weights",
        "of the best validated epoch, unless a model's training.keep is 'last'"
        + ("; then trained again on training and validation data" if protocol.refit else ""),
    )
    yield "Popularity", "counts training only" if counts == "train" else "counts all data, test included"


_TIES = {
    "random": "in random order, by a fixed seed",
    "file": "in the order of the dump, which a model may be able to learn",
}


def _split_in_words(split: SplitConfig) -> str:
    first_line = (inspect.getdoc(type(split)) or "").partition("\n")[0].rstrip(".")
    given = split.model_dump(exclude={"name"}, exclude_none=True)
    # The number of bins matters to folds only.
    settings = [f"{key} {value}" for key, value in given.items() if key != "n_bins" or "fold" in given]
    return "; ".join([first_line, *settings])


def _shuffle_in_words(shuffle: Shuffle) -> str:
    train = "items of training sequences" + (" but the last" if shuffle.keep_last else "")
    test = f"the last {shuffle.window} items of test prompts" if shuffle.window else "items of test prompts"
    moved = {"train": train, "test": test, "both": f"{train} and {test}"}[shuffle.part]
    return f"{moved} are shuffled; times stay in place"


def _candidates_in_words(protocol: Protocol) -> str:
    candidates = protocol.candidates
    if isinstance(candidates, Sampled):
        drawn_from = {
            "interacted": "that the user never interacted with",
            "prompt": "outside the prompt, possibly the target itself",
        }[candidates.exclude]
        return f"{candidates.n} sampled items {drawn_from}, and the target; not comparable with the whole catalogue"
    return "every item seen in training" if candidates.catalogue == "trained" else "the whole catalogue"
