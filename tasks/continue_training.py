"""Prepare the training data of models that begin with those of an earlier run."""

from collections.abc import Collection, Mapping
from pathlib import Path

import polars as pl
from prefect import task

from seqrec.preparation import continuation
from seqrec.preparation.continuation import continue_training as continued
from seqrec.preparation.continuation import events_of
from storage.files import TRAINING, read_split, read_table, read_training, write_table, write_training
from storage.references import training_key, unnamed
from storage.refs import ContinuationRef, SplitRef, TrainingRef
from storage.source import source_digest
from tasks.progress import announce, state_of
from tasks.resources import open_resources

SEEN = "seen.parquet"
STEP = "continue"


@task(task_run_name="continue an earlier run")
def continue_training(split: SplitRef, earlier: TrainingRef, seen: Collection[str]) -> ContinuationRef | None:
    """Make a validation of events that no earlier model has learnt; None, with the reason announced, if that can't be.

    Args:
        split: Today's split.
        earlier: The training data of the earlier run.
        seen: Keys of the continuations that its models were trained on, if they began with others in turn.
    """
    resources = open_resources()
    # Each night continues the one before; a chain of names would keep all of them.
    inputs = {
        "split": split.key,
        "earlier": unnamed(earlier.key),
        "seen": sorted(map(unnamed, seen)),
        "source": source_digest(continuation.__name__),
    }

    def make(folder: Path) -> Mapping[str, object]:
        today, before = read_split(Path(split.uri)), read_training(Path(earlier.uri))
        tables = [events_of(before.train, before.vocabulary)]
        tables += [read_table(resources.store.open(ContinuationRef.kind, key).path / SEEN) for key in sorted(seen)]
        result = continued(today.training, today.test, pl.concat(tables).unique(maintain_order=True))
        write_table(folder / SEEN, result.seen)
        if result.training is not None:
            write_training(folder / TRAINING, result.training)
        return {"reason": result.reason, "n_valid": 0 if result.training is None else len(result.training.valid)}

    artifact = resources.store.get_or_make(ContinuationRef.kind, inputs, make)
    n_valid, reason = artifact.facts["n_valid"], artifact.facts["reason"]
    if reason:
        announce(STEP, "note", f"networks begin from nothing, and not with the last run's weights: {reason}")
        return None
    announce(
        STEP,
        state_of(made=artifact.made),
        f"networks begin with the weights of the last run; {n_valid:,} histories with a new event validate them",
    )
    key, uri = training_key(artifact.files), str(artifact.path / TRAINING)
    training = TrainingRef(key=key, uri=uri, rows=split.training.rows, n_items=split.training.n_items)
    return ContinuationRef(key=artifact.key, uri=str(artifact.path), rows=n_valid, training=training)
