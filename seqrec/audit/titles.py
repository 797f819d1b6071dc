"""The titles: targets whose text already occurs in the prompt, and items with the same text."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import polars as pl

from seqrec.audit.finding import Finding, percent
from seqrec.audit.plain_text import plain_texts, text_codes
from seqrec.audit.sample import looked_at, sample
from seqrec.types import Split, Texts

CHECK: Final = "texts"
MAX_CASES: Final = 50_000
"""The largest number of test cases that are searched for the target's text; more are sampled with a fixed seed."""


def check(split: Split, texts: Texts) -> Iterator[Finding]:
    """Reports targets whose text occurs in a text of the prompt, and items that share their text.

    Texts are compared in lower case, by their letters and digits; the placeholder of items without a text is
    ignored. Two texts of the same words, in any order and number, are nearly the same.
    """
    plain = plain_texts(texts)
    yield _in_prompts(split, plain)
    yield _alike(plain)


def _in_prompts(split: Split, plain: pl.Series) -> Finding:
    rows = sample(np.arange(len(split.test), dtype=np.int64), MAX_CASES, "texts")
    prompts, targets = split.test.prompts.take(rows), split.test.targets[rows]
    written = plain.to_numpy()
    codes = text_codes(plain)
    others = prompts.items != np.repeat(targets, prompts.lengths)
    same = others & (codes[prompts.items] == np.repeat(codes[targets], prompts.lengths)) & (codes[prompts.items] > 0)
    equal = np.bincount(prompts.rows[same], minlength=len(rows)) > 0
    inside = np.array(
        [
            target is not None and any(f" {target} " in f" {text} " for text in texts if text is not None)
            for target, texts in zip(
                written[targets],
                np.split(np.where(others, written[prompts.items], None), prompts.offsets[1:-1]),
                strict=True,
            )
        ]
    )
    share = float(inside.mean())
    figures = {"targets_with_a_text_of_the_prompt": float(equal.mean()), "targets_inside_a_text_of_the_prompt": share}
    shown = looked_at(len(rows), len(split.test))
    if not share:
        sentence = f"No target's text occurs in the text of another item of its prompt{shown}."
        return Finding(CHECK, "ok", sentence, figures)
    sentence = (
        f"In {percent(share)} of test cases, the text of the target occurs in that of another item of the prompt "
        f"({percent(float(equal.mean()))} are equal): in these, text alone gives the answer away{shown}."
    )
    return Finding(CHECK, "note", sentence, figures)


def _alike(plain: pl.Series) -> Finding:
    told = plain.drop_nulls()
    words = told.str.split(" ").list.unique().list.sort().list.join(" ")
    same, near = (int(column.is_duplicated().sum()) for column in (told, words))
    n_items = len(plain)
    figures = {
        "items": n_items,
        "items_without_text": n_items - len(told),
        "items_with_the_text_of_another": same,
        "items_with_the_words_of_another": near,
    }
    if not near:
        return Finding(CHECK, "ok", "Every item has a text of its own.", figures)
    sentence = (
        f"{same:,} of {n_items:,} items have the text of another, and {near:,} have the same words as another: "
        "models can't tell them apart by their texts."
    )
    return Finding(CHECK, "note", sentence, figures)
