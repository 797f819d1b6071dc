"""Which column of a user's table means what, and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

import polars as pl

from seqrec.config.toml import toml_value
from seqrec.datasets.parsing.table_files import SEQUENCES
from seqrec.errors import DataError
from seqrec.ingest.lists import list_of_ids
from seqrec.listing import listing
from seqrec.starter import names
from seqrec.starter.sample import MOSTLY, Sample
from seqrec.starter.values import are_ratings, tell_apart

SOME = 0.5
"""Share from which on dates, or ids that another table holds too, are no accident."""
N_IDS = 2
"""Columns of ids: users and items."""
_NO_TIME = '; or "line_order" if the lines are in the order of the events'


@dataclass(frozen=True, slots=True)
class Guess:
    """The column that is taken for a key of the configuration."""

    key: str
    """Such as `user`, below `dataset.events` or `dataset.catalogue`."""
    column: str | None
    """None where the key needs a column and none was recognised."""
    reason: str
    """Why this column; or what to do, where there is none."""
    time_of_day: str | None = None
    """The column of times of day, where `column` holds dates alone."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are taken."""
        return tuple(column for column in (self.column, self.time_of_day) if column is not None)

    @property
    def value(self) -> str | tuple[str, ...]:
        """The value of the key: a column, two of them, or an empty text."""
        return self.columns if self.time_of_day is not None else self.column or ""


@dataclass(frozen=True, slots=True)
class Split:
    """The split that is chosen."""

    name: Literal["temporal", "leave_one_out"]
    reason: str
    """Why, and what it means."""


@dataclass(frozen=True, slots=True)
class TableGuess:
    """What the columns of a table mean."""

    sample: Sample
    guesses: tuple[Guess, ...]
    """A table of interactions has user, item and time, and perhaps value; one of items has item, and perhaps title,
    brand, categories and description."""

    @property
    def unused(self) -> tuple[str, ...]:
        """The columns that mean nothing to the experiment."""
        taken = {column for guess in self.guesses for column in guess.columns}
        return tuple(column for column in self.sample.columns if column not in taken)

    def column(self, key: str) -> str | None:
        """The column that is taken for `key`."""
        return next((guess.column for guess in self.guesses if guess.key == key), None)


@dataclass(frozen=True, slots=True)
class EventsGuess(TableGuess):
    """What the columns of a table of interactions mean."""

    has_dates: bool
    """Whether nearly all times are dates, and not all the same: a split in time can rely on them."""
    is_numbered: bool
    """Whether times are running numbers, which tell the order of events and nothing else."""

    @property
    def titled(self) -> str | None:
        """The column that looks like titles of items, which only a table of items can have."""
        item, columns = self.column("item"), [name for name in self.unused if name in self.sample.values.columns]
        found = names.best_named(columns, names.TITLES)
        is_title = found is not None and item is not None and self.sample.depends(found, item)
        return found if is_title else None

    @property
    def list_id(self) -> str | None:
        """An item that is a list of ids, where items are such lists."""
        item = self.column("item")
        return None if item is None else list_of_ids(self.sample.values[item].drop_nulls().cast(pl.String))

    @property
    def split(self) -> Split:
        """The split that the times allow."""
        if self.has_dates:
            return Split("temporal", "users whose history ends last are the test, so that no model knows the future")
        if self.is_numbered:
            why = "the times are running numbers"
        elif self.column("time") is not None:
            why = "the times are all the same, or too many of them are no dates"
        else:
            why = "no times are known; with dates, choose temporal"
        return Split("leave_one_out", f"{why}; the last item of every user is the test, by the order of the times")


@dataclass(frozen=True, slots=True)
class CatalogueGuess(TableGuess):
    """What the columns of a table of items mean."""

    @property
    def n_items(self) -> int:
        """The number of items, as far as the first rows tell; their number where no column of items was recognised."""
        item = self.column("item")
        return self.sample.values.height if item is None else self.sample.n_distinct(item)

    @property
    def has_titles(self) -> bool:
        """Whether a column of titles was recognised."""
        return self.column("title") is not None


def guess_events(sample: Sample, items: Sample | None = None) -> EventsGuess:
    """What the columns of a table of interactions mean.

    Args:
        sample: The table.
        items: The table of items, if there is one: its ids tell the column of items where names do not.

    Raises:
        DataError: The table has one column.
    """
    columns = sample.values.columns
    if len(sample.columns) == 1:
        remedy = "If the table has several fields, write it with one of the delimiters , ; | or a tab between them."
        got, expected = f"one column, {listing(columns)}", "columns of users, items and times"
        raise DataError(sample.file, got=got, expected=expected, remedy=remedy)
    time, has_dates, is_numbered = _time(sample)
    numeric = [column for column in _without(columns, time) if sample.share_of_numbers(column) >= MOSTLY]
    value = _named("value", numeric, names.VALUES)
    if value is None and sample.is_headless:
        value = _ratings(sample, numeric)
    ids = [column for column in _without(columns, time, value) if not column.endswith(SEQUENCES)]
    # A table that holds both has more in common with itself than items.
    others = None if items is None or items.file == sample.file else items
    item = _named("item", ids, names.ITEMS) or _shared("item", sample, ids, others)
    user = _named("user", _without(ids, item), names.USERS)
    if user is None or item is None:
        left = [column for column in _without(ids, user, item) if _may_be_ids(sample, column)]
        if len(left) == 1 and (user or item):
            reason = "the only other column whose values repeat"
            user, item = user or Guess("user", left[0], reason), item or Guess("item", left[0], reason)
        elif len(left) == N_IDS and not (user or item):
            user, item = _told_apart(sample, left, time)
    listed = _listed(sample)
    guesses = (
        user or _missing("user", listed),
        item or _missing("item", listed),
        time or _missing("time", listed, _NO_TIME),
        *([value] if value else ()),
    )
    return EventsGuess(sample, guesses, has_dates, is_numbered)


def guess_catalogue(sample: Sample, events: EventsGuess) -> CatalogueGuess:
    """What the columns of a table of items mean.

    Args:
        sample: The table.
        events: The interactions, whose column of items it may share.
    """
    columns, item_of_events = sample.values.columns, events.column("item")
    if item_of_events in columns:
        item: Guess | None = Guess("item", item_of_events, "the name that the interactions have for it")
    else:
        item = _named("item", columns, (*names.ITEMS, "id"))
        if item is None and item_of_events is not None:
            item = _shared("item", sample, columns, events.sample, (item_of_events,))
    rest = _without(columns, item)
    # Names of groups repeat, names of items hardly do.
    title = _named("title", sorted(rest, key=sample.n_distinct, reverse=True), names.TITLES)
    found = (
        title,
        _named("brand", rest, names.BRANDS),
        _named("categories", _without(sample.columns, item), names.CATEGORIES),
        _named("description", _without(rest, title), names.DESCRIPTIONS),
    )
    return CatalogueGuess(sample, (item or _missing("item", _listed(sample)), *(guess for guess in found if guess)))


def _time(sample: Sample) -> tuple[Guess | None, bool, bool]:
    """The column of times, whether it holds dates to rely on, and whether it holds running numbers."""
    shares = {column: sample.share_of_dates(column) for column in sample.values.columns}
    dated = [column for column, share in shares.items() if share >= SOME]
    column = names.best_named(dated, names.TIMES) or (dated[0] if len(dated) == 1 else None)
    if column is not None:
        reason, clock = f"{shares[column]:.0%} of its first values are dates", _time_of_day(sample, column)
        if clock is not None:
            reason = f"{shares[column]:.0%} of the first values of {toml_value(column)} are dates without a time of day"
        return Guess("time", column, reason, clock), shares[column] >= MOSTLY and sample.n_distinct(column) > 1, False
    numbers = [column for column in sample.values.columns if sample.share_of_numbers(column) >= MOSTLY]
    order = _named("time", [column for column in numbers if sample.n_distinct(column) > 1], names.ORDERS)
    return order, False, order is not None


def _time_of_day(sample: Sample, date: str) -> str | None:
    """The column of times of day that belongs to a column of dates alone."""
    if not sample.has_midnights_alone(date):
        return None
    others = [column for column in sample.values.columns if column != date]
    clocks = [column for column in others if sample.are_times_of_day(column)]
    digits = [column for column in others if sample.are_times_of_day(column, in_digits=True)]
    # Others may be durations.
    named = names.best_named([*clocks, *digits], names.TIMES_OF_DAY)
    return clocks[0] if named is None and sample.is_headless and len(clocks) == 1 else named


def _may_be_ids(sample: Sample, column: str) -> bool:
    """Whether values repeat and are no fractions, as ids of users and items in interactions."""
    return sample.repeats(column) and sample.n_distinct(column) > 1 and not sample.has_fractions(column)


def _named(key: str, columns: Iterable[str], nouns: Sequence[str]) -> Guess | None:
    column = names.best_named(columns, nouns)
    return None if column is None else Guess(key, column, "by its name")


def _shared(
    key: str, sample: Sample, columns: Iterable[str], other: Sample | None, others: Iterable[str] | None = None
) -> Guess | None:
    """The column that has the most values in common with a column of another table."""
    if other is None:
        return None
    pairs = list(product(columns, other.values.columns if others is None else others))
    column, theirs = max(pairs, key=lambda pair: sample.overlap(pair[0], other, pair[1]), default=(None, ""))
    if column is None or sample.overlap(column, other, theirs) < SOME:
        return None
    return Guess(key, column, f"its values are those of {toml_value(theirs)} in {toml_value(other.file)}")


def _ratings(sample: Sample, columns: Sequence[str]) -> Guess | None:
    """The only column of ratings, if enough others are left."""
    found = [column for column in columns if are_ratings(sample.values[column])]
    reason = "a guess: its values are a few small numbers, as ratings are"
    return Guess("value", found[0], reason) if len(found) == 1 and len(columns) > 1 else None


def _told_apart(sample: Sample, ids: Sequence[str], time: Guess | None) -> tuple[Guess | None, Guess | None]:
    """Users and items, where the values of two columns of ids tell them apart."""
    times = None if time is None or time.column is None else sample.moments(time.column)
    found = tell_apart(sample.values[ids[0]], sample.values[ids[1]], times)
    if found is None:
        return None, None
    user, item = ids if found.first_is_user else ids[::-1]
    reason = f"a guess: {found.reason}; check it"
    return Guess("user", user, reason), Guess("item", item, reason)


def _listed(sample: Sample) -> str:
    """The columns, with an example of what is in them where they have no names."""
    if not sample.is_headless:
        return listing(map(toml_value, sample.values.columns))
    examples = {
        column: sample.values[column].cast(pl.String).drop_nulls().head(1).to_list() for column in sample.values.columns
    }
    return listing(f"{toml_value(column)} (such as {', '.join(found)})" for column, found in examples.items())


def _missing(key: str, columns: str, remark: str = "") -> Guess:
    return Guess(key, None, f"not recognised; fill in one of {columns}{remark}")


def _without(columns: Iterable[str], *taken: Guess | None) -> list[str]:
    gone = {column for guess in taken if guess for column in guess.columns}
    return [column for column in columns if column not in gone]
