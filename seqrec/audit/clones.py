"""The clones: accounts with nearly the same history, one of which may tell a model the answer of the other."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import polars as pl
from jaxtyping import Int64

from seqrec.audit.finding import Finding, named, percent
from seqrec.audit.near_duplicates import near_duplicates
from seqrec.preparation.events import Events
from seqrec.types import Split

CHECK: Final = "clones"
MAX_ANSWERED: Final = 0.01
"""The share of test cases that clones in training may answer before it is a warning."""
MAX_ACCOUNTS: Final = 0.05
"""The share of accounts that may be clones before it is a warning."""
MIN_CASES: Final = 5
"""The number of accounts, or of answered cases, up to which they are no warning."""


def check(split: Split, events: Events) -> Iterator[Finding]:
    """Reports accounts that met nearly the same items as another, and test cases whose target a clone reveals.

    Real dumps have a few: one person with two accounts, or reviews that were paid for. Many of them mean that accounts
    were copied, perhaps at other times, and that cases are not independent.

    Args:
        split: The data.
        events: All events of its users.
    """
    vocabulary = split.training.vocabulary
    pairs = near_duplicates(events.users, events.items, vocabulary.n_users, vocabulary.n_items)
    accounts, answered = np.unique(pairs), _answered(split, pairs)
    account_share, answered_share = len(accounts) / vocabulary.n_users, len(answered) / len(split.test)
    figures = {
        "accounts_with_a_near_duplicate": len(accounts),
        "share_of_accounts": account_share,
        "test_cases_answered_by_one": len(answered),
        "share_of_test_cases": answered_share,
    }
    if not len(accounts):
        yield Finding(CHECK, "ok", "No two accounts have nearly the same history.", figures)
        return
    sentence = (
        f"{len(accounts):,} of {vocabulary.n_users:,} accounts have nearly the same history as another, such as "
        f"{named(vocabulary.user_ids[pairs[0]])}; for {len(answered):,} of {len(split.test):,} test cases "
        f"({percent(answered_share)}), the training sequence of such an account contains the target"
    )
    many = (answered_share >= MAX_ANSWERED and len(answered) >= MIN_CASES) or (
        account_share >= MAX_ACCOUNTS and len(accounts) >= MIN_CASES
    )
    if not many:
        yield Finding(CHECK, "note", f"{sentence}.", figures)
        return
    if len(answered):
        sentence += f", as for {named(vocabulary.user_ids[split.test.prompts.users[answered]])}"
    remedy = "Look at these accounts, and remove the copies from the dump."
    yield Finding(CHECK, "warning", f"{sentence}.", figures, remedy)


def _answered(split: Split, pairs: Int64[np.ndarray, "n_pairs 2"]) -> Int64[np.ndarray, " n_answered"]:
    """Returns the test cases whose target is in the training sequence of a near-duplicate of their user."""
    train, test = split.training.train, split.test
    both = np.concatenate([pairs, pairs[:, ::-1]]).astype(np.int32)
    twins = pl.DataFrame({"user": both[:, 0], "twin": both[:, 1]})
    asked = pl.DataFrame({"user": test.prompts.users, "item": test.targets, "case": np.arange(len(test))})
    known = pl.DataFrame({"twin": train.users[train.rows], "item": train.items})
    return asked.join(twins, on="user").join(known, on=["twin", "item"], how="semi")["case"].unique().sort().to_numpy()
