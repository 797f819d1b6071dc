"""What is known of a file that was fetched, or is being fetched: kept beside it, in a hidden file."""

from pathlib import Path

import httpx
from pydantic import ValidationError

from seqrec.config import Config
from storage.atomic_write import publish


class Receipt(Config):
    """Where a file comes from, and what its server and we say of it."""

    url: str
    """The address it was asked from."""
    validator: str | None
    """Strong entity tag, or date of the last change: by it the server knows whether the file is still the same."""
    size_bytes: int | None
    """Size of the whole file; None until the end where the server does not tell it."""
    sha256: str | None = None
    """Digest of the whole file; None until everything has come."""


def receipt_of(url: str, response: httpx.Response) -> Receipt:
    """What the head of an answer says of the file; the size, only where it gives the whole file."""
    tag = response.headers.get("ETag")
    weak = tag is None or tag.startswith("W/")
    length = response.headers.get("Content-Length", "")
    return Receipt(
        url=url,
        validator=response.headers.get("Last-Modified") if weak else tag,
        size_bytes=int(length) if length.isdecimal() else None,
    )


def read_receipt(target: Path) -> Receipt | None:
    """The receipt of the file `target`; None where there is none, or none that can be read."""
    try:
        return Receipt.model_validate_json(_path(target).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def write_receipt(target: Path, receipt: Receipt) -> None:
    """Writes the receipt of the file `target`, whole or not at all."""
    hidden = _path(target).with_suffix(".new")
    hidden.write_text(receipt.model_dump_json(indent=1) + "\n", encoding="utf-8")
    publish(hidden, _path(target))


def _path(target: Path) -> Path:
    return target.with_name(f".{target.name}.receipt.json")
