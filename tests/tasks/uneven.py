"""A worker of a joint training in which libraries print text, and only the second process has an error.

The first process waits for it, as within a step. `tests/tasks/test_torchrun.py` runs it.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from torch import distributed

from seqrec.errors import DataError
from seqrec.training.distributed import ProcessGroup
from seqrec.types import Run
from tasks.resources import Resources
from tasks.training_job import TrainingJob
from tasks.worker import main


def uneven(self: TrainingJob, resources: Resources, run: Run) -> Mapping[str, object]:
    """Replace `TrainingJob.run`."""
    if ProcessGroup.here().rank == 1:
        raise DataError("the second", got="a flaw", expected="none", remedy="Correct it.")
    distributed.barrier()
    return {}


if __name__ == "__main__":
    for chatter in (b"no JSON", b"[1, 2]", b'{"other": 3}', b"\xff"):
        os.write(1, chatter + b"\n")
    TrainingJob.run = uneven  # type: ignore[method-assign]
    main(Path(sys.argv[1]))
