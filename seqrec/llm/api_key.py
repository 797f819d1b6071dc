"""The key of an endpoint, read from the environment."""

import os
import re
import unicodedata

from seqrec.errors import EndpointError


def read_key(variable: str, subject: str) -> str:
    """Returns the key in an environment variable; white space around it is dropped.

    Args:
        variable: The name of the variable.
        subject: What errors name: the model and its address.

    Raises:
        EndpointError: The variable is not set, or holds what can't be a key. The error does not show the value.
    """
    key = os.environ.get(variable, "").strip()
    if not key:
        raise EndpointError(
            subject,
            got=f"no environment variable {variable}",
            expected="the endpoint's key in this variable",
            remedy=f"Set {variable}; any value will do for an endpoint that needs no key.",
        )
    fault = _fault_of(key)
    if fault is not None:
        raise EndpointError(
            subject,
            got=f"a key in {variable} with {fault}",
            expected="the key alone, which has only letters, digits and signs such as - and _",
            remedy=f"Copy the key again, and set {variable} to it without anything around it.",
        )
    return key


def _fault_of(key: str) -> str | None:
    """Returns what is wrong with a key, in words that do not show it, or None."""
    if re.search(r"[\r\n]", key):
        return "a line break inside"
    if re.search(r"\s", key):
        return "a blank inside"
    if key[0] in "'\"`" or key[-1] in "'\"`":
        return "quotes around it"
    strange = re.search(r"[^\x21-\x7e]", key)
    if strange:
        is_quote = unicodedata.category(strange[0]) in {"Pi", "Pf", "Ps"}
        kind = "a typographic quote" if is_quote else "a character outside ASCII"
        return f"{kind} (U+{ord(strange[0]):04X})"
    return None
