"""Checks of arguments whose types no configuration checks."""

from seqrec.errors import ConfigError


def expect(value: object, kinds: type | tuple[type, ...], argument: str, expected: str) -> None:
    """See that an argument has one of the right types.

    Args:
        value: The argument.
        kinds: The types.
        argument: Its name.
        expected: The types in words.

    Raises:
        ConfigError: It has another type.
    """
    if not isinstance(value, kinds):
        remedy = "Look at the example in the documentation of `seqrec`."
        raise ConfigError(argument, got=f"a {type(value).__name__}", expected=expected, remedy=remedy)
