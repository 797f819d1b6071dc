"""Extend a package by items that its model was not fitted on, so that they can be recommended without a training."""

from pathlib import Path

from prefect import task

from seqrec.experiment import Experiment
from storage.refs import DumpRef
from tasks.new_items import Extension, NewItems, with_new_items
from tasks.progress import announce
from tasks.resources import open_resources


@task(task_run_name="extend {experiment.name}")
def extend(
    experiment: Experiment, packaged: Path, dump: DumpRef, data: Path, which: NewItems, folder: Path
) -> Extension:
    """Write a package with the new items of a dump, and say how many there are; see `with_new_items`."""
    made = with_new_items(open_resources().vector_cache, experiment, packaged, dump, data, which, folder)
    left_out = f"; {made.n_left_out:,} without a vector are left out" if made.n_left_out else ""
    if made.why_none:
        announce("extend", "note", f"no new items are recommended: {made.why_none}")
    elif made.n_new:
        announce("extend", "done", f"{made.n_new:,} new items may be recommended{left_out}")
    return made
