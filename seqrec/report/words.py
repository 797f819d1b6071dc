"""The wording of results, in sentences and in the units that readers expect."""

import inspect
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


def chance(p: float | None) -> str:
    """Formats a p-value."""
    if p is None:
        return ""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def verdict(row: Row, table: Table) -> str:
    """Returns how a row compares with the reference of its table: `reference`, `better`, `worse` or `unclear`."""
    if row.difference is None or row.p_adjusted is None:
        return "reference"
    if row.p_adjusted >= 1.0 - table.confidence:
        return "unclear"
    return "better" if row.difference.mean > 0 else "worse"


def headline(table: Table) -> str:
    """Names the best model and its result."""
    best = table.rows[0]
    cell = best.cells[table.comparison]
    sure = f" ({table.confidence:.0%} interval {interval(cell)})" if cell.low is not None else ""
    seeds = f", the mean of {best.n_seeds} seeds" if best.n_seeds > 1 else ""
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
    tested = [row for row in table.rows if row is not reference]
    n_better = sum(verdict(row, table) == "better" for row in tested)
    n_worse = sum(verdict(row, table) == "worse" for row in tested)
    if tested:
        yield (
            f"Tested against {reference.label}, {n_better} of {len(tested)} models are significantly better and "
            f"{n_worse} significantly worse; {len(tested) - n_better - n_worse} do not differ significantly."
        )


def _against_reference(best: Row, reference: Row, table: Table) -> str:
    by = "more than chance explains" if verdict(best, table) == "better" else "which may still be chance"
    p = f"{chance(best.p_adjusted)} after correction for all tests"
    return f"That is {_ratio(best, reference, table)} above the reference {reference.label}, {by} ({p})."


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
