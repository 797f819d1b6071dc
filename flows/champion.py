"""The champion of an experiment, and the packages of the versions that answer, or have answered."""

from pathlib import Path

from seqrec.errors import StorageError
from storage.packages import DamagedPackageError, check_package
from storage.registry import CHAMPION, Registry, Version
from tasks.register import LABEL, TWIN


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


def champion_package(registry: Registry, champion: Version, folder: Path) -> Path:
    """Copy the champion's package into `folder`, and return its place.

    Raises:
        StorageError: As from `package_of`.
    """
    return package_of(registry, champion, champion.source, folder, _ways_out(champion))


def twin_package(registry: Registry, champion: Version, folder: Path) -> Path:
    """Copy the package of the champion's twin, which was compared, into `folder`, and return its place.

    Raises:
        StorageError: As from `package_of`, or the version has no twin.
    """
    source = champion.tags.get(TWIN)
    if source is None:
        raise StorageError(
            _named(champion),
            got="a version without a twin that was compared",
            expected="a version that `seqrec promote` registered",
            remedy=_ways_out(champion),
        )
    return package_of(registry, champion, source, folder, _ways_out(champion))


def package_of(registry: Registry, version: Version, source: str, folder: Path, remedy: str) -> Path:
    """Copy a package into `folder`, compare all its files with their digests, and return its place.

    Args:
        registry: Where it is registered.
        version: The version that it belongs to.
        source: Its address.
        folder: An existing folder.
        remedy: What to do if it is damaged.

    Raises:
        StorageError: The package is damaged or gone, the server does not answer, or the disk is full.
    """
    try:
        package = registry.download(source, folder)
        check_package(package)
    except DamagedPackageError as error:
        got, expected = f"{error.subject}: {error.got}", "the files of its package as they were registered"
        raise StorageError(_named(version), got=got, expected=expected, remedy=remedy) from error
    return package


def _named(version: Version) -> str:
    return f"version {version.version} of {version.name} ({version.tags.get(LABEL, 'an unknown model')})"


def _ways_out(champion: Version) -> str:
    back, replace = f"seqrec rollback {champion.name} --reason", f"seqrec promote {champion.name} --force"
    return f"Go back to the champion before it with `{back} REASON`, or replace it with `{replace} REASON`."
