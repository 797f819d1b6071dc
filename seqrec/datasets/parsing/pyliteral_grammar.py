"""Python dict literals as `repr` writes them, cut by their grammar, so that only the fields one wants are evaluated.

The grammar knows less than Python: strings, numbers, None and truth values, in lists and dicts of two levels, under
names that are strings. Whatever it accepts is a literal of the value that is given here; what it does not accept may
still be one, and is left to `ast.literal_eval`, which takes many times as long.
"""

import ast
import re
from collections.abc import Callable, Collection
from functools import lru_cache

_NAME = r"""u?+(?:'[^'\\\r\n\0]*+'|"[^"\\\r\n\0]*+")"""
_HEX = "[0-9a-fA-F]"
# Escapes that Python may refuse, such as a character by its name, are none of ours.
_ESCAPE = rf"\\(?:[^NUux\r\n\0]|x{_HEX}{{2}}|u{_HEX}{{4}}|U00(?:0{_HEX}|10){_HEX}{{4}})"
_STRING = "u?+(?:{})".format(
    "|".join(rf"{quote}[^{quote}\\\r\n\0]*+(?:{_ESCAPE}[^{quote}\\\r\n\0]*+)*+{quote}" for quote in "'\"")
)
# Python reads no whole number of more than some thousand digits.
_NUMBER = r"-?+(?:0|[1-9][0-9]{0,99}+)(?:\.[0-9]++)?+(?:e[+-]?+[0-9]++)?+"
_USUAL_CHARS = 1_000
"""Longer lists are not kept, so what is kept stays within a few MB."""
_NAMED = {"None": None, "True": True, "False": False}


def _nested(value: str) -> str:
    """A pattern of values, and of lists and dicts of them."""
    # Texts without escapes first: most lists hold nothing else, and a shorter pattern is sooner through with them.
    items = rf"\[(?:(?:'[^'\\\r\n\0]*+'|{value})(?:, |(?=\])))*+\]"
    fields = rf"\{{(?:{_NAME}: {value}(?:, |(?=\}})))*+\}}"
    return f"(?:{value}|{items}|{fields})"


_VALUE = re.compile(_nested(_nested(f"(?:{_STRING}|{_NUMBER}|{'|'.join(_NAMED)})")))
_FIELD = f"{_NAME}: {_VALUE.pattern}"
_END = r"\}\Z"

Reader = Callable[[str], dict[str, object] | None]


def plain_reader(wanted: Collection[str]) -> Reader:
    """Reads the fields of a dict literal whose names are among `wanted`; None if the grammar does not know the text.

    Lists are not to be changed: equal ones may be one.

    Raises:
        AssertionError: A wanted name has a quotation mark or a backslash.
    """
    assert not any(sign in name for name in wanted for sign in "'\"\\"), (
        f"{wanted} may not be found as they are written"
    )
    one_of = "|".join(map(re.escape, wanted))
    others = rf"""(?:(?!u?+(?:'(?:{one_of})'|"(?:{one_of})"): ){_FIELD}, )*+"""
    wanted_field = rf"""u?+(?P<quote>['"])({one_of})(?P=quote): ({_VALUE.pattern})(?:, |({_END}))"""
    # Fields that are not wanted are passed in one go, which takes less time than looking at each.
    match = re.compile(rf"{others}(?:{wanted_field}|{_FIELD}({_END}))").match

    def read(text: str) -> dict[str, object] | None:
        if not text.startswith("{"):
            return None
        record, at = {}, 1
        while (found := match(text, at)) is not None:
            _, name, value, end, end_of_other = found.groups()
            if name is not None:
                record[name] = _value(value)
            if end or end_of_other:
                return record
            at = found.end()
        return None

    return read


def _value(text: str) -> object:
    """The value of a text that the grammar knows."""
    if text[-1] in "'\"":
        return ast.literal_eval(text) if "\\" in text else text[2 if text[0] == "u" else 1 : -1]
    if text[0] == "[":
        return _usual_list(text) if len(text) < _USUAL_CHARS else _list(text)
    if text[0] == "{":
        return ast.literal_eval(text)
    if text in _NAMED:
        return _NAMED[text]
    return float(text) if "." in text or "e" in text else int(text)


def _list(text: str) -> list[object]:
    return [_value(one) for one in _VALUE.findall(text, 1)]


@lru_cache(4_096)
def _usual_list(text: str) -> list[object]:
    """The values of a short list; the same few paths through the categories stand in most lines."""
    return _list(text)
