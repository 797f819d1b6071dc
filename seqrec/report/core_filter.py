"""What one should know if the core filter leaves a much smaller data set than the dump."""

from collections.abc import Mapping
from typing import Any, Final

from seqrec.preparation.protocol import Core
from seqrec.report.notices import Notice

MAX_REMOVED: Final = 1 / 3
"""The share of users or items beyond which something is said."""


def core_notice(summary: Mapping[str, Any], core: Core) -> Notice | None:
    """Says how much a core filter leaves, if it removes a large share of the users or of the items.

    Args:
        summary: The result of `preparation.summary.Summary.to_json()`.
        core: The filter of the protocol.
    """
    before = summary["drawn"] or summary["raw"]
    shares = {kind: summary[f"n_{kind}"] / before[f"n_{kind}"] for kind in ("users", "items")}
    if min(shares.values()) >= 1 - MAX_REMOVED:
        return None
    left = " and ".join(
        f"{summary[f'n_{kind}']:,} of {before[f'n_{kind}']:,} {kind} ({share:.0%})" for kind, share in shares.items()
    )
    remedy = (
        f"Results hold for these alone. To keep more, lower protocol.core.users (now {core.users}) or "
        f"protocol.core.items (now {core.items}); 0 turns one off."
    )
    return Notice("Core filter", f"it leaves {left}", remedy)
