"""Cleaning of titles and other short texts that were cut out of web pages."""

import html
import re
from collections.abc import Iterator

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--.*?-->", re.DOTALL)
_MAX_UNESCAPES = 2


def clean_title(text: str | None) -> str | None:
    """A title as a person would read it; None where nothing is left.

    HTML entities are unescaped, twice at most since some dumps escape twice; tags and comments give way to a
    space; white space is collapsed. Quotes, case and everything else stay. An ampersand or a `<` that starts
    no complete entity or tag is plain text: `Cat & Dog <3` is left as it is.
    """
    if text is None:
        return None
    for _ in range(_MAX_UNESCAPES):
        if "&" in text:
            text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    if "<" in text:
        text = _TAG.sub(" ", text)
    return " ".join(text.split()) or None


def flat_unique(names: object) -> list[str] | None:
    """The cleaned names of nested lists, each once, in the order of first sight; None if there are none."""
    return list(dict.fromkeys(_flat(names))) or None


def _flat(names: object) -> Iterator[str]:
    if isinstance(names, list):
        for name in names:
            yield from _flat(name)
    elif isinstance(names, str) and (cleaned := clean_title(names)):
        yield cleaned
