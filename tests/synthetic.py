"""Splits with a known answer, and splits without one."""

from dataclasses import replace

import numpy as np

from seqrec.types import Cases, Rules, Sequences, Split, Training, Vocabulary


def sequences_of(rows: list[list[int]]) -> Sequences:
    """Return sequences from lists of item codes; the events of a user are one second apart."""
    lengths = [len(row) for row in rows]
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    items = np.array([item for row in rows for item in row], np.int32)
    times = np.concatenate([[], *(np.arange(n) * 1_000_000 for n in lengths)]).astype(np.int64)
    return Sequences(offsets, items, times, np.arange(len(rows), dtype=np.int32))


def cases_of(rows: list[list[int]]) -> Cases:
    """Return cases whose target is the last item of each row."""
    return Cases(
        sequences_of([row[:-1] for row in rows]),
        np.array([row[-1] for row in rows], np.int32),
        np.array([(len(row) - 1) * 1_000_000 for row in rows], np.int64),
    )


def split_of(train: list[list[int]], valid: list[list[int]], test: list[list[int]], n_items: int) -> Split:
    """Return a split whose validation users are held out of `fit` and part of `train`, as in the temporal protocol."""
    everything = sequences_of(train + valid)
    counts = np.bincount(everything.items, minlength=n_items).astype(np.int64)
    users = np.array([f"u{i}" for i in range(len(train) + len(valid) + len(test))], object)
    training = Training(
        vocabulary=Vocabulary(np.array([f"i{i}" for i in range(n_items)], object), users),
        fit=sequences_of(train),
        train=everything,
        valid=cases_of(valid),
        rules=Rules(k=10, candidates=counts > 0),
    )
    return Split(training, cases_of(test), counts)


def with_rules(split: Split, **changes: object) -> Split:
    """Return the split with some of its rules changed."""
    return with_training(split, rules=replace(split.training.rules, **changes))


def with_training(split: Split, **changes: object) -> Split:
    """Return the split with some parts of its training data changed."""
    return replace(split, training=replace(split.training, **changes))


def chain_split(n_items: int = 40, n_train: int = 300, n_valid: int = 60, n_test: int = 60, seed: int = 0) -> Split:
    """Return a circle in which `i + 1` follows `i`: order determines everything, and popularity nothing."""
    rng = np.random.default_rng(seed)

    def rows(n: int) -> list[list[int]]:
        starts, lengths = rng.integers(n_items, size=n), rng.integers(4, 10, size=n)
        return [
            [int((start + step) % n_items) for step in range(length)]
            for start, length in zip(starts, lengths, strict=True)
        ]

    return split_of(rows(n_train), rows(n_valid), rows(n_test), n_items)


def random_split(n_items: int = 40, n_train: int = 300, n_valid: int = 60, n_test: int = 400, seed: int = 0) -> Split:
    """Return independent uniform items, none twice in a sequence: no model may beat chance."""
    rng = np.random.default_rng(seed)

    def rows(n: int) -> list[list[int]]:
        return [rng.choice(n_items, size=rng.integers(4, 10), replace=False).tolist() for _ in range(n)]

    return split_of(rows(n_train), rows(n_valid), rows(n_test), n_items)


def skewed_split(n_items: int = 40, n_train: int = 300, n_valid: int = 60, n_test: int = 200, seed: int = 0) -> Split:
    """Return sequences in which nearly all users take a few items next: order and neighbours are useless."""
    rng = np.random.default_rng(seed)
    shares = 0.5 ** np.arange(n_items)

    def rows(n: int) -> list[list[int]]:
        lengths = rng.integers(2, 4, size=n)
        return [rng.choice(n_items, size=n_own, replace=False, p=shares / shares.sum()).tolist() for n_own in lengths]

    return split_of(rows(n_train), rows(n_valid), rows(n_test), n_items)
