"""Sizes of well-known dumps as published, to compare one's own with."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Known:
    """A dump in one published form."""

    label: str
    """The data set's `label`."""
    form: str
    """Which form it is, such as the 5-core."""
    shortest: int
    """Interactions of the user with the fewest. It distinguishes the published core from the whole dump where the
    label does not."""
    n_users: int
    n_items: int
    n_interactions: int
    source: str
    """Where the sizes stand."""


_S3REC = "Zhou et al. (2020), S3-Rec"
_GIFT_CARDS = "Ni et al. (2019), Gift_Cards_5: 2,972 lines, 3 of them exact duplicates"
_STEAM = "Boz et al. (2024), version 2 of the dump, earliest of each user and item"

KNOWN_SIZES: Final = (
    Known("amazon_2014-beauty", "5-core", 5, 22_363, 12_101, 198_502, f"{_S3REC}; Harte et al. (2023)"),
    Known("amazon_2014-sports_and_outdoors", "5-core", 5, 35_598, 18_357, 296_337, _S3REC),
    Known("amazon_2018-gift_cards", "5-core", 1, 458, 148, 2_969, _GIFT_CARDS),
    Known("yelp-2019", "5-core", 5, 30_431, 20_033, 316_354, _S3REC),
    Known("delivery_hero_sessions", "whole", 1, 258_710, 38_246, 1_474_658, "Harte et al. (2023), no core filter"),
    Known("steam", "5-core", 5, 279_290, 11_784, 3_456_395, _STEAM),
)
"""All published sizes that we know of."""


def known_size_of(label: str, shortest: int) -> Known | None:
    """The published form that this dump can be compared with: of those with no longer shortest history, the longest."""
    comparable = [known for known in KNOWN_SIZES if known.label == label and known.shortest <= shortest]
    return max(comparable, key=lambda known: known.shortest, default=None)
