"""Judge a challenger against the champion, on the test cases of a finished run."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Float64
from prefect import task

from seqrec.evaluation.metrics import ACCURACY
from seqrec.evaluation.ranking import rank
from seqrec.serving.guardrails import lists_of
from seqrec.serving.translated import Translated
from seqrec.serving.verdict import Contender, Rulebook, Ruling, decide
from seqrec.types import Places, Split
from storage.files import read_json, read_split, write_json
from storage.finished import Finished
from storage.models import open_model
from storage.packages import open_package, read_card, read_catalogue
from storage.refs import VerdictRef
from storage.source import source_digest
from tasks.progress import announce, state_of
from tasks.resources import Resources, open_resources

RULING = "ruling.json"


@task(task_run_name="judge {challenger}")
def judge(
    finished: Finished,
    challenger: str,
    champion: str | Path | None,
    rules: Rulebook,
    n_candidates: int,
    cautions: tuple[str, ...] = (),
) -> VerdictRef:
    """Decide whether a challenger should answer instead of the champion.

    Args:
        finished: The run whose test cases decide.
        challenger: Label of the challenger in the run.
        champion: Label of the champion's configuration in the run, which may be the challenger's; folder of the
            champion's evaluated package if the run does not have it; or None if there is none to compare with.
        rules: When a challenger is promoted.
        n_candidates: The number of models that the challenger was chosen from by the same test cases; the interval of
            the difference has Bonferroni's correction for it.
        cautions: Sentences that speak against a promotion, besides the warnings of the audit.
    """
    resources = open_resources()
    corrected = rules.model_copy(update={"confidence": 1.0 - (1.0 - rules.confidence) / max(1, n_candidates)})
    inputs = {
        "comparison": finished.record.comparison,
        "challenger": challenger,
        "champion": read_card(champion).to_json() if isinstance(champion, Path) else champion,
        "cautions": cautions,
        "rules": corrected.model_dump(mode="json"),
        "source": source_digest("seqrec.serving.verdict", "seqrec.serving.guardrails"),
    }

    def make(folder: Path) -> Mapping[str, object]:
        announce("judge", "running", "comparing case by case")
        split = read_split(finished.split.path)
        new = _of_run(resources, finished, split, challenger)
        held = None
        if isinstance(champion, Path):
            held = _of_package(resources, finished, split, champion)
        elif champion is not None:
            held = new if champion == challenger else _of_run(resources, finished, split, champion)
        found = (f"The audit warns: {one.sentence}" for one in finished.audit.findings if one.verdict == "warning")
        ruling = decide(new, held, corrected, (*cautions, *found))
        write_json(folder / RULING, ruling.to_json())
        return {"decision": ruling.decision}

    artifact = resources.store.get_or_make(VerdictRef.kind, inputs, make)
    ruling = read_ruling(artifact.path)
    announce("judge", state_of(made=artifact.made), f"{ruling.decision} {ruling.challenger}: {ruling.reasons[0]}")
    return VerdictRef(key=artifact.key, uri=str(artifact.path), rows=len(ruling.reasons))


def read_ruling(folder: Path) -> Ruling:
    """Return the ruling in `folder`.

    Raises:
        StorageError: The file is missing or damaged.
    """
    return Ruling.from_json(read_json(folder / RULING))


def _of_run(resources: Resources, finished: Finished, split: Split, label: str) -> Contender:
    seeds = finished.of(label)
    rankings = [finished.rankings(one) for one in seeds]
    model = open_model(resources.store, seeds[0].model, resources.run(seeds[0].seed))
    return Contender(
        label=label,
        values=_values(finished, [one.places for one in rankings]),
        one_training=finished.table.row(label).one_training,
        lists=lists_of(model, rankings[0].lists, split.test, split.training.rules, split.popularity),
    )


def _of_package(resources: Resources, finished: Finished, split: Split, folder: Path) -> Contender:
    """Ask yesterday's model about today's cases."""
    card, catalogue = read_card(folder), read_catalogue(folder)
    model = open_package(folder, resources.run(card.seed)).model
    translated = Translated(model, catalogue.item_ids, split.training.vocabulary.item_ids)
    rules = replace(split.training.rules, exclude_seen=card.exclude_seen)
    rankings = rank(translated, split.test, rules)
    return Contender(
        label=card.label,
        values=_values(finished, [rankings.places]),
        one_training=model.config.stochastic,
        lists=lists_of(translated, rankings.lists, split.test, rules, split.popularity),
    )


def _values(finished: Finished, places: Sequence[Places]) -> Float64[np.ndarray, "n_seeds n_cases"]:
    kind, _, cutoff = finished.table.comparison.rpartition("_at_")
    return np.stack([ACCURACY[kind](one, int(cutoff)) for one in places])
