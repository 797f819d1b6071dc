"""The reference of all keys as Markdown, one page per group: `python -m flows.cli.reference FOLDER`.

The same command writes the file that lists and descriptions on the command line are read from.
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from flows.cli.choices import FILE, choices_of_classes
from seqrec.config.reference import Key

PAGES: Final = {
    "dataset": "datasets.md",
    "protocol": "protocol.md",
    "encoders": "encoders.md",
    "models": "models.md",
    "settings": "settings.md",
}
"""Keys of an experiment that have a page of their own; the others share the first page."""
FIRST: Final = "experiment.md"


@dataclass(frozen=True, slots=True)
class Page:
    """The tables of one page. Equal tables are described once, at their first place."""

    name: str
    kinds: dict[str, list[Key]] = field(default_factory=dict)

    def add(self, table: Key) -> None:
        """Add a table."""
        self.kinds.setdefault(_kind(table), []).append(table)

    def markdown(self) -> str:
        """Return the text of the page."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield "<!-- Written by `make reference` from the configuration classes: edit those. -->\n"
        yield f"# {self.name.removesuffix('.md').capitalize()}\n"
        for n, (first, *others) in enumerate(self.kinds.values()):
            if n:
                yield f"## {first.dotted}\n"
            yield f"{first.text}\n"
            if others:
                yield f"Also at {', '.join(f'`{other.dotted}`' for other in others)}.\n"
            # The place of a table may change its defaults; the row that links here shows them.
            yield from self._rows(replace(first, default=None))
            yield ""

    def _rows(self, table: Key) -> Iterator[str]:
        if table.choices:
            yield "| name | meaning |\n|---|---|"
            for choice in table.choices:
                yield _row(f"[`{choice.name}`]({self._link(choice)})", choice.meaning)
            return
        yield "| key | type | default | meaning |\n|---|---|---|---|"
        for key in table.keys:
            kind = f"[{key.type}]({self._link(key)})" if key.below else key.type
            default = "required" if key.required else f"`{key.default_toml}`" if key.default_toml else ""
            yield _row(f"`{key.name}`", kind, default, key.meaning)

    def _link(self, table: Key) -> str:
        page = _page_of(table)
        return page if page != self.name else "#" + re.sub(r"[^\w-]", "", self.kinds[_kind(table)][0].dotted.lower())


def reference_pages() -> dict[str, str]:
    """Return the text of each page, by file name."""
    pages = {name: Page(name) for name in (FIRST, *PAGES.values())}
    for key in Key.of(choices_of_classes().schema).walk():
        if key.below:
            pages[_page_of(key)].add(key)
    return {name: page.markdown() for name, page in pages.items()}


def main() -> None:
    """Write the pages into the folder that the command line names, and the choices beside this module."""
    Path(__file__).with_name(FILE).write_text(choices_of_classes().to_text(), encoding="utf-8")
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in reference_pages().items():
        (folder / name).write_text(text, encoding="utf-8")


def _page_of(key: Key) -> str:
    return PAGES.get(key.path[0], FIRST) if key.path else FIRST


def _kind(table: Key) -> str:
    return json.dumps(table.schema)


def _row(*cells: str) -> str:
    return " | ".join(["", *(cell.replace("|", "\\|") for cell in cells), ""]).strip()


if __name__ == "__main__":
    main()
