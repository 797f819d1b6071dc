"""The repeats: targets that occur earlier in the user's history, and the effect of the rule for seen items."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from seqrec.audit.finding import Finding, percent
from seqrec.audit.overlap import n_met_before
from seqrec.preparation.events import Events
from seqrec.types import Split

CHECK: Final = "repeats"


def check(split: Split, events: Events) -> Iterator[Finding]:
    """Reports the share of test targets that occur in their prompt, and the highest hit rate that a model can reach.

    Args:
        split: The data.
        events: All events of its users, since a protocol may cut prompts.
    """
    prompts, targets = split.test.prompts, split.test.targets
    same = prompts.items == np.repeat(targets, prompts.lengths)
    repeated = np.bincount(prompts.rows[same], minlength=len(targets)) > 0
    at_once = np.bincount(prompts.rows[same & (prompts.ages == 1)], minlength=len(targets)) > 0
    reachable = split.training.rules.candidates[targets] & ~(repeated & split.training.rules.exclude_seen)
    met = float((n_met_before(events, split.test) > 0).mean())
    share, cap = float(repeated.mean()), float(reachable.mean())
    figures = {
        "targets_met_before": met,
        "targets_in_prompt": share,
        "targets_equal_to_last_event": float(at_once.mean()),
        "targets_no_candidate": float((~split.training.rules.candidates[targets]).mean()),
        "highest_hit_rate": cap,
    }
    if not share:
        sentence = "No test target occurs in its prompt."
        if met:
            sentence += f" In {percent(met)} of test cases, it occurs in earlier events that the prompt leaves out."
        yield Finding(CHECK, "by design" if met else "ok", sentence, figures)
        return
    shown = f"{percent(share)} of test targets occur in their prompt"
    if split.training.rules.exclude_seen:
        sentence = f"{shown}. Items of the prompt are never recommended again, so no hit rate can exceed {cap:.4f}."
    else:
        sentence = f"{shown}, and may be recommended again: this is how often models that repeat the history are right."
    yield Finding(CHECK, "by design" if split.training.rules.exclude_seen else "note", sentence, figures)
