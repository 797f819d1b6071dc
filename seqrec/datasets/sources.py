"""Where public dumps are found, and what is known of their files."""

from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from seqrec.json_value import Value


@dataclass(frozen=True, slots=True)
class Source(Value):
    """A file that anyone may fetch."""

    url: str
    """Its address; the last part of the path is the name of the file in the data folder."""
    size_bytes: int | None = None
    """Its size, if it is known."""
    sha256: str | None = None
    """Its digest, if it is known."""
    validator: str | None = None
    """Strong entity tag or date of the last change, by which the server recognises this version of the file."""

    @property
    def file_name(self) -> str:
        """Name of the file in the data folder."""
        return PurePosixPath(urlsplit(self.url).path).name

    def at(self, mirror: str) -> "Source":
        """The same file on another server, or in a folder of it, under the same path."""
        parts = urlsplit(self.url)
        return replace(self, url=mirror.rstrip("/") + parts.path + (f"?{parts.query}" if parts.query else ""))


def differences(one: Source, other: Source) -> list[tuple[str, str]]:
    """Size, digest and version of both in words, as far as both have them and they differ."""
    facts = {"size_bytes": "{:,} bytes", "sha256": "sha256 {}", "validator": "version {}"}
    pairs = [(words, getattr(one, name), getattr(other, name)) for name, words in facts.items()]
    return [(words.format(a), words.format(b)) for words, a, b in pairs if None not in {a, b} and a != b]


@dataclass(frozen=True, slots=True)
class ManualDownload:
    """Files that only a person can fetch."""

    page: str
    """Where that begins."""
    reason: str
    """Why no program can do it, such as "files behind a form"."""
    steps: str
    """What to do there, as an instruction."""
    file_names: tuple[str, ...]
    """What should lie in the data folder afterwards."""
