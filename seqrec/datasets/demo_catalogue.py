"""The shop of the demo: items with kinds, brands and traits, and titles made of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from jaxtyping import Bool, Int64

DEPARTMENTS = {
    "Running": ("Trail Running Shoe", "Running Sock", "Hydration Vest", "Running Cap", "Headlamp"),
    "Camping": ("Two-Person Tent", "Sleeping Bag", "Camping Stove", "Insulated Mug", "Folding Chair"),
    "Coffee": ("Espresso Grinder", "Pour-Over Kettle", "Coffee Scale", "Milk Frother", "Filter Papers"),
    "Skin Care": ("Face Cleanser", "Day Cream", "Night Serum", "Sun Lotion", "Lip Balm"),
    "Pets": ("Dog Leash", "Cat Scratcher", "Travel Bowl", "Chew Toy", "Grooming Brush"),
    "Desk": ("Fountain Pen", "Dotted Notebook", "Desk Lamp", "Pencil Case", "Cable Organizer"),
}
TRAITS = {
    "Running": ("waterproof", "lightweight", "reflective", "wide fit", "breathable", "quick-dry"),
    "Camping": ("waterproof", "ultralight", "four-season", "compact", "double wall", "quick-dry"),
    "Coffee": ("stainless steel", "matte black", "conical", "variable speed", "compact", "barista series"),
    "Skin Care": ("fragrance free", "with vitamin C", "for dry skin", "with aloe", "vegan", "travel size"),
    "Pets": ("small breeds", "reflective", "machine washable", "extra strong", "travel size", "natural rubber"),
    "Desk": ("matte black", "walnut", "refillable", "A5", "compact", "soft touch"),
}
BRANDS = ("Northwind", "Alder & Pine", "Kestrel", "Lumen", "Fjordline", "Casa Verde", "Mika's", "Tern",
          "Bluebell", "Orrin", "Halcyon", "Quarry", "Sable", "Petit Jour", "Ibex", "Marlowe")  # fmt: skip
BRANDS_PER_DEPARTMENT = 6
ODD_ENDS = (", Cat & Dog <3", " <Limited> Edition", ' "Best of 5"')
"""What real titles hold, too, and what a page must escape."""

T = TypeVar("T")

_KINDS = tuple((department, kind) for department, kinds in DEPARTMENTS.items() for kind in kinds)
N_KINDS = len(_KINDS)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The items of the shop, as they really are; `titles` and the like are what the dump says of them."""

    kinds: Int64[np.ndarray, " n_items"]
    brands: Int64[np.ndarray, " n_items"]
    traits: Bool[np.ndarray, "n_items n_traits"]
    titles: tuple[str | None, ...]
    brand_names: tuple[str | None, ...]
    categories: tuple[list[str] | None, ...]
    descriptions: tuple[str | None, ...]


def catalogue(n_items: int, rng: np.random.Generator) -> Catalogue:
    """Draw `n_items` items, as many of each kind; a few have no title, no brand or no categories."""
    words = sorted({trait for traits in TRAITS.values() for trait in traits})
    kinds = rng.permutation(np.arange(n_items, dtype=np.int64) % N_KINDS)
    brands = np.zeros(n_items, np.int64)
    traits = np.zeros((n_items, len(words)), bool)
    in_department = {name: rng.choice(len(BRANDS), BRANDS_PER_DEPARTMENT, replace=False) for name in DEPARTMENTS}
    titles, categories, descriptions = [], [], []
    for item, (department, kind) in enumerate(_KINDS[k] for k in kinds):
        brands[item] = rng.choice(in_department[department])
        own = [str(trait) for trait in rng.choice(TRAITS[department], 2, replace=False)]
        traits[item, [words.index(trait) for trait in own]] = True
        titles.append(f"{BRANDS[brands[item]]} {kind}, {', '.join(own)}")
        categories.append([department, kind])
        descriptions.append(f"{kind} by {BRANDS[brands[item]]}: {' and '.join(own)}.")
    for item, end in zip(rng.choice(n_items, len(ODD_ENDS), replace=False), ODD_ENDS, strict=True):
        titles[item] += end
    return Catalogue(
        kinds,
        brands,
        traits,
        titles=_with_gaps(titles, 0.03, rng),
        brand_names=_with_gaps([BRANDS[brand] for brand in brands], 0.05, rng),
        categories=_with_gaps(categories, 0.04, rng),
        descriptions=_with_gaps(descriptions, 0.5, rng),
    )


def following_kinds() -> Int64[np.ndarray, " n_kinds"]:
    """Which kind people tend to need after each: the next one of the department, and after the last the first."""
    by_department = np.arange(N_KINDS).reshape(len(DEPARTMENTS), -1)
    return np.roll(by_department, -1, axis=1).ravel()


def _with_gaps(values: Sequence[T], share: float, rng: np.random.Generator) -> tuple[T | None, ...]:
    return tuple(None if gone else value for value, gone in zip(values, rng.random(len(values)) < share, strict=True))
