"""The refusal of secrets in configurations, which are copied to the store, the pages and the report."""

from collections.abc import Iterator, Mapping, Sequence

from seqrec.errors import ConfigError
from seqrec.redact import keys_of_environment, redact_text


def refuse_secrets(source: str, raw: object) -> None:
    """Refuses values and keys that contain a secret, such as an API key in a title.

    Args:
        source: Where the values come from, as the user knows it.
        raw: The values as they were read.

    Raises:
        ConfigError: There is a secret; the error names its place, and does not show it.
    """
    for place, text in _texts(raw):
        if redact_text(text) == text:
            continue
        variable = next((name for key, name in keys_of_environment().items() if key in text), None)
        raise ConfigError(
            redact_text(": ".join([source, *([place] if place else [])])),
            got=f"the value of the variable {variable}" if variable else "something that looks like a key or password",
            expected="no secrets, because these values are copied to the store, the pages and the report",
            remedy="Remove it, and replace the key if others have seen it. A key belongs in a variable of the "
            "environment; api_key_env gives the variable's name.",
        )


def _texts(raw: object, place: str = "") -> Iterator[tuple[str, str]]:
    """Yields every text of `raw`, keys included, with the dotted path of its place."""
    if isinstance(raw, Mapping):
        for key, value in raw.items():
            yield place, str(key)
            yield from _texts(value, f"{place}.{key}" if place else str(key))
    elif isinstance(raw, str):
        yield place, raw
    elif isinstance(raw, Sequence):
        for position, value in enumerate(raw):
            yield from _texts(value, f"{place}[{position}]")
