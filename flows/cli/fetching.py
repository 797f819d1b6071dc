"""The files of a public dump, fetched or checked, with their progress on the terminal."""

import re
import time
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.filesize import decimal

from flows.cli.display import Display
from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.sources import ManualDownload, Source
from seqrec.errors import ConfigError, DataError, DownloadError
from storage.download import Progress, fetch, open_client
from storage.settings import Settings
from tasks.progress import announce, state_of


def fetch_dump(dataset: str, config: DatasetConfig, data: Path, out: Console) -> None:
    """Fetch the files of a dump into the folder `data`, or check those that only a person can fetch.

    Raises:
        ConfigError: There is nothing to download, or the mirror is invalid.
        DownloadError: A file can't be fetched, or is missing.
    """
    mirror = _mirror(Settings())
    sources = config.sources()
    if not sources:
        raise ConfigError(
            f"dataset '{dataset}'",
            got="a reader of generated data or of your own data",
            expected="a reader of a public dump",
            remedy=f"No download is needed: `seqrec ingest {dataset} --data {data}` reads the data.",
        )
    with Display(out):
        if isinstance(sources, ManualDownload):
            _check(config, sources, data)
        else:
            _fetch([source.at(mirror) if mirror else source for source in sources], data)


def _fetch(sources: list[Source], data: Path) -> None:
    with open_client() as client:
        for source in sources:
            name, started = source.file_name, time.monotonic()
            announce(name, "running", "sending the request")
            fetched = fetch(client, source, data, partial(_show_progress, name))
            took = f" in {time.monotonic() - started:,.0f} s" if fetched.fresh else ""
            detail = f"{decimal(fetched.size_bytes)}{took}, sha256 {fetched.sha256}"
            announce(name, state_of(made=fetched.fresh), detail)


def _mirror(settings: Settings) -> str | None:
    """Return the address of the mirror; it must contain no secrets, because receipts and messages show it."""
    if settings.mirror is None or re.fullmatch(r"https?://[^/?#@]+(/[^?#]*)?", settings.mirror):
        return settings.mirror
    raise ConfigError(
        "SEQREC_MIRROR",
        got="an invalid address, or one with credentials, a query or a fragment",
        expected="https://HOST, optionally with a path",
        remedy="Choose a mirror that needs no secrets, or fetch the files by hand.",
    )


def _show_progress(name: str, progress: Progress) -> None:
    if progress.note is not None:
        announce(name, "note", progress.note)
    total = "" if progress.size_bytes is None else f" of {decimal(progress.size_bytes)}"
    announce(name, "running", f"{decimal(progress.done_bytes)}{total}")


def _check(config: DatasetConfig, by_hand: ManualDownload, data: Path) -> None:
    """Check that a person has put the files of `config` into the folder."""
    try:
        files = config.files(data)
    except DataError as error:
        raise DownloadError(
            by_hand.page,
            got=f"{by_hand.reason}; in the data folder, {error.subject}: {error.got}",
            expected=f"{', '.join(by_hand.file_names)} in the folder {data}",
            remedy=by_hand.steps,
        ) from error
    for file in files:
        announce(file.name, "stored", decimal(file.stat().st_size))
