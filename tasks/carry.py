"""The lists of the last scoring that a new one may carry over, if the same model made them in the same way."""

from collections.abc import Mapping

import polars as pl

from seqrec.errors import StorageError
from seqrec.serving.carried import Carried
from seqrec.serving.user_histories import UserHistories
from storage.files import read_json, read_table
from storage.recommendations import HISTORIES, MANIFEST, PARTS, Recommendations
from tasks.progress import announce

SCORER = "scorer"


def carry(
    experiment: str, recommendations: Recommendations, scorer: Mapping[str, object], users: UserHistories
) -> Carried | None:
    """Find the users whose history has not changed since the last scoring; None if new items may be in any list.

    Args:
        experiment: Name of the experiment.
        recommendations: The scorings of the experiment.
        scorer: Everything except the dump that determines the lists.
        users: The histories of today.

    Raises:
        StorageError: There are no lists, they are damaged, or they were made by another model or in another way.
    """
    folder = recommendations.last_sound()
    if folder is None:
        raise _refused(experiment, "no lists yet")
    manifest = read_json(folder / MANIFEST)
    before = manifest.get(SCORER, {})
    different = [what for what, value in scorer.items() if before.get(what) != value]
    if "version" in different:
        raise _refused(experiment, f"lists of version {manifest['version']}; the champion is {scorer['version']}")
    if "k" in different:
        raise _refused(experiment, f"lists of length {manifest['k']}; the new ones have {scorer['k']}")
    if different == ["items"]:
        announce("score", "note", "everybody is scored, because any list may have new items")
        return None
    if different:
        raise _refused(experiment, f"lists that were made in another way: {', '.join(different)}")
    return Carried.of(pl.scan_parquet(folder / PARTS), read_table(folder / HISTORIES), users)


def _refused(experiment: str, got: str) -> StorageError:
    return StorageError(
        f"lists of {experiment}",
        got=got,
        expected="lists that the same champion made in the same way, so that those of unchanged users can be kept",
        remedy="Score everyone: give the same command without --changed.",
    )
