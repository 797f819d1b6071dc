"""Reasons that a person states for a decision, and that are recorded with it."""

from seqrec.errors import ConfigError


def stated(reason: str) -> str:
    """Return a reason without white space around it.

    Raises:
        ConfigError: It says nothing.
    """
    if not reason.strip():
        raise ConfigError(
            "reason",
            got="an empty text" if not reason else "nothing but white space",
            expected="a few words about why, which are recorded",
            remedy="State a reason, such as 'its lists repeat the same ten items'.",
        )
    return reason.strip()
