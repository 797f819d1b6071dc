"""Recommendations: for one history, for one item, and for all users."""

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.markup import escape

from flows.cli.display import Display, console, show

if TYPE_CHECKING:
    from seqrec.serving.answers import Answerer

Name = Annotated[str, typer.Argument(help="Experiment file or name, whose champion answers.")]
Model = Annotated[str, typer.Option(help="Label of a model of the last run, or `champion`.")]
K = Annotated[int, typer.Option("-k", min=1, help="Length of a list.")]
JSON = Annotated[bool, typer.Option("--json", help="Print JSON.")]
CHAMPION = "champion"
NOTHING = 1e-6
"""Support that may be rounding."""
MAX_HINTS = 5
"""Unknown items of a history that are looked up."""


def recommend(
    experiment: Name,
    history: Annotated[
        str,
        typer.Option(
            help="Item ids, oldest first, separated by commas. An id that contains a comma stands in quotes, as in a "
            """CSV file: --history '"a,b",c'."""
        ),
    ] = "",
    k: K = 10,
    model: Model = CHAMPION,
    json_: JSON = False,
) -> None:
    """Recommend items for one history, with titles, scores and the items of the history that speak for them.

    Items that the model does not know are left out; without any known item, the answer is the most popular ones.
    """
    items = _ids(history)
    with _answerer(experiment, model) as answerer:
        _show(answerer, items, k, history, as_json=json_)


def similar(
    experiment: Name,
    item: Annotated[str, typer.Argument(help="Item id, as it is.")],
    k: K = 10,
    model: Model = CHAMPION,
) -> None:
    """Show the items that a model recommends to somebody who has only one item."""
    from seqrec.errors import ConfigError
    from seqrec.serving.hints import suggestion

    with _answerer(experiment, model) as answerer:
        if not answerer.catalogue.is_known(item):
            raise ConfigError(
                f"item '{item}'",
                got="an item that the model does not know",
                expected="the id of an item of the training data",
                remedy=suggestion(answerer.catalogue, item) or "Look it up in the catalogue with `seqrec sql`.",
            )
        _show(answerer, [item], k, item, as_json=False)


def export(
    experiment: Name,
    output: Annotated[Path, typer.Option(help="Folder of the files.")],
    model: Model = CHAMPION,
    index: Annotated[bool, typer.Option(help="Write an index of the items too; needs FAISS.")] = False,
) -> None:
    """Write the vectors of all items and users, whose products are the model's scores.

    An online service finds the best items for a user by the products of their vectors.
    """
    from flows.exporting import export as export_vectors
    from storage.settings import Settings

    settings = Settings()
    settings.check_exists()
    label = None if model == CHAMPION else model
    n_items, n_users = export_vectors(settings, experiment, label, output.absolute(), index=index)
    console().print(f"vectors  {n_items:,} items and {n_users:,} users in {escape(str(output))}", highlight=False)


def score(
    experiment: Name,
    k: K = 20,
    data: Annotated[
        Path | None, typer.Option(help="Folder of a fresh dump; by default the histories are those of the last run.")
    ] = None,
    changed: Annotated[
        bool, typer.Option("--changed", help="Score only users whose history has changed since the last lists.")
    ] = False,
    new_items: Annotated[
        Literal["bought", "described", "none"],
        typer.Option(
            help="Items that the champion has not seen and that may be recommended, if it can place them by their "
            "texts: those with an event, all with a text, or none."
        ),
    ] = "bought",
) -> None:
    """Write the champion's lists for all users, as Parquet files in original ids.

    An interrupted scoring goes on where it was; `latest` leads to the last complete one. With `--changed`, the lists of
    other users are carried over from it, if the same champion made them.
    """
    from flows.cli.starting import starting
    from storage.settings import Settings

    settings = Settings()
    settings.check_exists()
    settings.check_writable()
    out = console()
    with Display(out):
        with starting(settings):
            from flows.score import score as score_flow
        dump = None if data is None else data.absolute()
        folder = score_flow(experiment, k, dump, changed_only=changed, new_items=new_items)
    out.print(f"lists    {escape(str(folder))}", highlight=False)


@contextmanager
def _answerer(experiment: str, model: str) -> "Iterator[Answerer]":
    from flows.answering import answerer_of
    from storage.settings import Settings

    settings = Settings()
    settings.check_exists()
    with answerer_of(settings, experiment, None if model == CHAMPION else model) as answerer:
        yield answerer


def _ids(history: str) -> list[str]:
    """Return the ids of a history, which is written as a line of a CSV file.

    Raises:
        ConfigError: A quote is not closed, or text follows it.
    """
    from seqrec.errors import ConfigError

    try:
        cells = next(csv.reader([history], skipinitialspace=True, strict=True), [])
    except csv.Error as error:
        raise ConfigError(
            "--history",
            got=f"{history} ({error})",
            expected="item ids separated by commas, with quotes around whole ids",
            remedy="""Close each quote, and double a quote inside of quotes: '"a,b","19"" rack"'.""",
        ) from error
    return [cell.strip() for cell in cells if cell.strip()]


def _show(answerer: "Answerer", items: list[str], k: int, typed: str, *, as_json: bool) -> None:
    """Print the answer to a history, which was `typed` as one text."""
    from rich.table import Table

    (answer,) = answerer.answer([items], k)
    reasons = [_reason(answerer, items, item_id) for item_id in answer.item_ids]
    hints = _hints(answerer, items, typed)
    if as_json:
        found = {"item_ids": answer.item_ids, "titles": answer.titles, "scores": answer.scores, "because": reasons}
        more = {"rule": answer.rule, "n_unknown": answer.n_unknown, "hints": hints}
        typer.echo(json.dumps(found | more, ensure_ascii=False))
        return
    out = console()
    if answer.n_unknown:
        out.print(f"note     the model does not know {answer.n_unknown} of {len(items)} items of the history")
    for told in hints.values():
        show(out, "note    ", told)
    if answer.rule == "popular":
        out.print("note     without a known item, these are the most popular ones")
    view = Table("item", "title", "score", "because of")
    for item_id, title, score, because in zip(answer.item_ids, answer.titles, answer.scores, reasons, strict=True):
        view.add_row(escape(item_id), escape(title or ""), f"{score:.4f}", escape(because or ""))
    out.print(view)


def _hints(answerer: "Answerer", items: list[str], typed: str) -> dict[str, str]:
    """Return what the unknown items of a history may have been meant to be."""
    from seqrec.serving.hints import hint

    unknown = [item for item in dict.fromkeys(items) if not answerer.catalogue.is_known(item)]
    # A title may hold the comma that divides ids.
    looked_up = dict.fromkeys([*unknown[:MAX_HINTS], typed.strip()]) if unknown else ()
    return {text: told for text in looked_up if (told := hint(answerer.catalogue, text)) is not None}


def _reason(answerer: "Answerer", history: list[str], item_id: str) -> str | None:
    """Return the item of the history that speaks most for an item, by its title if it has one, or None if none does."""
    support = {one: value for one, value in answerer.support(history, item_id).items() if value > NOTHING}
    if not support:
        return None
    best = max(support, key=lambda one: support[one])
    title = answerer.catalogue.titles[int(answerer.catalogue.codes([best])[0])]
    return title or best
