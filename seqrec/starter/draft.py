"""The text of a first experiment."""

import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template

from seqrec.config.toml import toml_value
from seqrec.datasets.find_files import folder_of, locate
from seqrec.datasets.parsing.text import ENCODINGS, is_encoding
from seqrec.datasets.table import Config as Table
from seqrec.datasets.table import Events
from seqrec.errors import ConfigError
from seqrec.starter.guess import CatalogueGuess, EventsGuess, guess_catalogue, guess_events
from seqrec.starter.sample import read_sample

DIM = 64
SMALL_DIM = 16
SMALL_ITEMS = 256
"""A catalogue with fewer items has too few titles for vectors of the usual width."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A first experiment, and what it rests on."""

    text: str
    """TOML, with comments."""
    events: EventsGuess
    catalogue: CatalogueGuess | None


def draft_experiment(events_file: Path, items_file: Path | None = None, encoding: str | None = None) -> Draft:
    """A commented experiment on a table of interactions, and one of items if there is a second table.

    The folder of the interactions, or of the archive with them, is the data folder of the experiment.

    Args:
        events_file: The table, or a pattern of the names of several, such as `orders-*.csv`.
        items_file: The table of items, which may be the same file.
        encoding: The encoding of both tables; None if it is to be guessed.

    Raises:
        ConfigError: There is no such encoding.
        DataError: A file is missing, or it is no table.
    """
    if encoding is not None and not is_encoding(encoding):
        remedy = "Name the encoding of the tables, or leave it out to have it guessed."
        expected = f"an encoding of text, such as {ENCODINGS}"
        raise ConfigError("--encoding", got=repr(encoding), expected=expected, remedy=remedy)
    items = None if items_file is None else read_sample(_one(items_file), encoding)
    events = guess_events(read_sample(events_file, encoding), items)
    catalogue = None if items is None else guess_catalogue(items, events)
    text = _template().render(
        # The dataset is called after the file, and the experiment after the dataset.
        name=_label(events_file, events.sample.file),
        title=f"First comparison on {events.sample.file}",
        events=events,
        catalogue=catalogue,
        catalogue_file=None if items_file is None else os.path.relpath(items_file, folder_of(events_file)),
        dim=SMALL_DIM if catalogue is not None and catalogue.n_items < SMALL_ITEMS else DIM,
    )
    return Draft(text, events, catalogue)


def _label(file: Path, name: str) -> str:
    """What the experiment is called: after the file, or after its folder if the name of the file tells nothing."""
    return Table(events=Events(file=f"{folder_of(file.absolute()).name}/{name}")).label


def _one(file: Path) -> Path:
    """The file itself, which no pattern may stand for; a `DataError` if it is missing."""
    folder = folder_of(file)
    return (
        file
        if file.is_dir()
        else locate(folder.absolute(), (str(file.relative_to(folder)),), "Name one file of items.")
    )


def _template() -> Template:
    # It makes TOML, where every text goes through `toml`; there is no HTML to escape.
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True)  # noqa: S701
    environment.filters["toml"] = toml_value
    return environment.from_string((resources.files("seqrec.starter") / "experiment.toml.jinja").read_text("utf-8"))
