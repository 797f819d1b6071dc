"""The champion of an experiment."""

from seqrec.errors import StorageError
from storage.registry import CHAMPION, Registry, Version


def champion_of(registry: Registry, experiment: str) -> Version:
    """Return the version that answers for an experiment.

    Raises:
        StorageError: There is none, or the server does not answer.
    """
    version = registry.find(experiment, CHAMPION)
    if version is None:
        raise StorageError(
            f"champion of {experiment}",
            got="no version with that alias",
            expected="a promoted model",
            remedy=f"Run `seqrec promote {experiment}` after a run of the experiment.",
        )
    return version
