"""Cleaning of titles and other short texts that were cut out of web pages."""

import html
import re

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_CODE_ELEMENT = re.compile(r"<(script|style)\b[^<>]*>.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--.*?(?:-->|\Z)", re.DOTALL)
_MAX_UNESCAPES = 2
# Possessive, so that no title, however hostile, is gone through more than once.
_CODE = re.compile(
    r"""
    \bvar\s++[\w$]++\s*+=                                   # var aPageStart =
    | (?<![\w$.])window\.[\w$.]++\s*+=                      # window.ue_ihb =
    | \bfunction\b\s*+[\w$]*+\s*+\([\w$,\s]{0,80}\)\s*+\{   # function(a, b) {
    | \(?\bnew\s+Date\b\s*\(?\)?\)?\.getTime\(              # (new Date()).getTime(
    | (?:^|(?<=[\s;}]))[.#@][A-Za-z][\w\-.#:>,()\s]{0,120}\{   # .a-box-inner {
    """,
    re.VERBOSE,
)


def clean_text(text: str | None) -> str | None:
    """A text as a person would read it; None where nothing is left.

    HTML entities are unescaped, twice at most since some dumps escape twice; scripts and style sheets in their
    elements go, tags and comments give way to a space; white space is collapsed. A comment, script or style sheet
    that is left open runs to the end. Quotes, case and everything else stay. An ampersand or a `<` that starts no
    complete entity or tag is plain text: `Cat & Dog <3` is left as it is.
    """
    return None if text is None else _collapse(_without_markup(text))


def clean_title(text: str | None) -> str | None:
    """A title, or another short name, as a person would read it; None where nothing is left.

    Cleaned as `clean_text` does. Besides, some titles of Amazon 2018 are the text of a whole page, scripts and
    style rules among it, without the elements that they stood in. What looks like code (an assignment of a
    `var` or to `window`, the head of a function, the time of a page's start, the head of a style rule) ends the
    title: what stands before it is kept, nothing after it is. Most of these titles begin with code, so that the
    item has none.
    """
    return None if text is None else _collapse(_CODE.split(_without_markup(text), maxsplit=1)[0])


def _without_markup(text: str) -> str:
    for _ in range(_MAX_UNESCAPES):
        if "&" in text:
            text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    if "<" in text:
        text = _TAG.sub(" ", _CODE_ELEMENT.sub(" ", text))
    return text


def _collapse(text: str) -> str | None:
    return " ".join(text.split()) or None
