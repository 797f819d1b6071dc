"""What was probably meant by an item id that the model does not know."""

import re
from difflib import get_close_matches
from typing import Final

from seqrec.listing import listing
from seqrec.serving.catalogue import Catalogue

_ZEROS: Final = re.compile(r"^0+(?=\d)|\.0+$")


def hint(catalogue: Catalogue, item_id: str) -> str | None:
    """Returns a sentence on what was meant; None if nothing tells.

    It may be an id that differs in case, blanks, leading zeros or a trailing `.0`, or the items of that title.

    Args:
        catalogue: The items that the model knows.
        item_id: An id that is none of theirs.
    """
    wanted = _form(item_id)
    written = [known for known in map(str, catalogue.item_ids) if _form(known) == wanted]
    if written:
        return f"'{item_id}' is no item id, but {_quoted(written)} is"
    title = _folded(item_id)
    items = [
        str(known)
        for known, own in zip(catalogue.item_ids, catalogue.titles, strict=True)
        if own is not None and _folded(own) == title
    ]
    if items:
        return f"'{item_id}' is no item id, but the title of {_quoted(items)}; histories are made of ids"
    return None


def suggestion(catalogue: Catalogue, item_id: str) -> str | None:
    """Returns the hint about an unknown id or, without one, the ids that look most like it; None if none does."""
    near = get_close_matches(item_id, catalogue.item_ids.tolist(), n=3, cutoff=0.5)
    found = hint(catalogue, item_id)
    if found is not None:
        return f"{found}."
    return f"Did you mean {' or '.join(near)}?" if near else None


def _form(item_id: str) -> str:
    return _ZEROS.sub("", item_id.strip()).casefold()


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _quoted(ids: list[str]) -> str:
    return listing(f"'{one}'" for one in ids)
