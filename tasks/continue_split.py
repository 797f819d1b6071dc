"""Prepare the data of a run whose networks begin with those of an earlier run."""

from collections.abc import Collection, Mapping
from pathlib import Path

from prefect import task

from seqrec.preparation import continuation
from seqrec.preparation.continuation import continue_split as continued
from seqrec.preparation.continuation import joined, times_of
from storage.files import (
    TRAINING,
    read_json,
    read_split,
    read_table,
    read_training,
    write_json,
    write_split,
    write_table,
)
from storage.references import training_key, unnamed
from storage.refs import DumpRef, SplitRef, TrainingRef
from storage.source import source_digest
from tasks.progress import announce, state_of
from tasks.resources import open_resources

SEEN, SUMMARY = "seen.parquet", "summary.json"
LEARNT = "test_cases_learnt_before"
STEP = "continue"


@task(task_run_name="continue an earlier run")
def continue_split(dump: DumpRef, split: SplitRef, earlier: TrainingRef, seen: Collection[str]) -> SplitRef | None:
    """Leave out of today's test and validation what earlier models have learnt.

    The result is None, and the reason is announced, if too little would be left.

    Args:
        dump: Today's dump.
        split: Today's split.
        earlier: The training data of the earlier run.
        seen: Keys of the continued splits that its models were trained on, if they began with others in turn.
    """
    resources = open_resources()
    # Each night continues the one before; a chain of names would keep all of them.
    inputs = {
        "dump": dump.key,
        "split": split.key,
        "earlier": unnamed(earlier.key),
        "seen": sorted(map(unnamed, seen)),
        "source": source_digest(continuation.__name__),
    }

    def make(folder: Path) -> Mapping[str, object]:
        today, before = read_split(Path(split.uri)), read_training(Path(earlier.uri))
        tables = [times_of(before.train, before.vocabulary)]
        tables += [read_table(resources.store.open(SplitRef.kind, key).path / SEEN) for key in sorted(seen)]
        result = continued(today, joined(tables), before.vocabulary)
        if result.split is not None:
            write_split(folder, result.split)
            summary = read_json(Path(split.uri) / SUMMARY)
            n_cases = {"n_valid_cases": len(result.split.training.valid), "n_test_cases": len(result.split.test)}
            dropped = summary["dropped"] | {LEARNT: result.n_known}
            write_json(folder / SUMMARY, summary | n_cases | {"dropped": dropped})
        write_table(folder / SEEN, result.seen)
        n_valid = 0 if result.split is None else len(result.split.training.valid)
        n_test = 0 if result.split is None else len(result.split.test)
        return {
            "reason": result.reason,
            "n_valid": n_valid,
            "n_test": n_test,
            "n_known": result.n_known,
            "n_shared": result.n_shared,
        }

    artifact = resources.store.get_or_make(SplitRef.kind, inputs, make)
    facts = artifact.facts
    if facts["reason"]:
        announce(STEP, "note", f"networks begin from nothing, and not with the last run's weights: {facts['reason']}")
        return None
    announce(
        STEP,
        state_of(made=artifact.made),
        f"networks begin with the weights of the last run, which know {facts['n_shared']:,} of "
        f"{split.training.n_items:,} items; {facts['n_valid']:,} histories with a new event validate them",
    )
    if facts["n_known"]:
        announce(STEP, "note", f"{facts['n_known']:,} test cases are left out, because these weights know their answer")
    training = TrainingRef(
        key=training_key(artifact.files),
        uri=str(artifact.path / TRAINING),
        rows=split.training.rows,
        n_items=split.training.n_items,
    )
    return SplitRef(key=artifact.key, uri=str(artifact.path), rows=facts["n_test"], training=training)
