"""Recommendations: for one history, for one item, and for all users."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from flows.cli.display import Display, console

if TYPE_CHECKING:
    from seqrec.serving.answers import Answerer

Name = Annotated[str, typer.Argument(help="Experiment file or name, whose champion answers.")]
Model = Annotated[str, typer.Option(help="Label of a model of the last run, or `champion`.")]
K = Annotated[int, typer.Option("-k", min=1, help="Length of a list.")]
JSON = Annotated[bool, typer.Option("--json", help="Print JSON.")]
CHAMPION = "champion"


def recommend(
    experiment: Name,
    history: Annotated[str, typer.Option(help="Item ids, oldest first, separated by commas.")] = "",
    k: K = 10,
    model: Model = CHAMPION,
    json_: JSON = False,
) -> None:
    """Recommend items for one history, with titles, scores and the items of the history that speak for them.

    Items that the model does not know are left out; without any known item, the answer is the most popular ones.
    """
    from rich.table import Table

    items = [item.strip() for item in history.split(",") if item.strip()]
    with _answerer(experiment, model) as answerer:
        (answer,) = answerer.answer([items], k)
        reasons = [_reason(answerer, items, item_id) for item_id in answer.item_ids]
    if json_:
        found = {"item_ids": answer.item_ids, "titles": answer.titles, "scores": answer.scores, "because": reasons}
        typer.echo(json.dumps(found | {"rule": answer.rule, "n_unknown": answer.n_unknown}, ensure_ascii=False))
        return
    out = console()
    if answer.n_unknown:
        out.print(f"note     the model does not know {answer.n_unknown} of {len(items)} items of the history")
    if answer.rule == "popular":
        out.print("note     without a known item, these are the most popular ones")
    view = Table("item", "title", "score", "because of")
    for item_id, title, score, because in zip(answer.item_ids, answer.titles, answer.scores, reasons, strict=True):
        view.add_row(escape(item_id), escape(title or ""), f"{score:.4f}", escape(because or ""))
    out.print(view)


def similar(
    experiment: Name,
    item: Annotated[str, typer.Argument(help="Item id.")],
    k: K = 10,
    model: Model = CHAMPION,
) -> None:
    """Show the items that a model recommends to somebody who has only one item."""
    from seqrec.errors import ConfigError

    with _answerer(experiment, model) as answerer:
        is_known = answerer.catalogue.is_known(item)
        near = get_close_matches(item, answerer.catalogue.item_ids.tolist(), n=3, cutoff=0.5)
    if not is_known:
        raise ConfigError(
            f"item '{item}'",
            got="an item that the model does not know",
            expected="the id of an item of the training data",
            remedy=f"Did you mean {' or '.join(near)}?" if near else "Look it up in the catalogue with `seqrec sql`.",
        )
    recommend(experiment, history=item, k=k, model=model)


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
        folder = score_flow(experiment, k, None if data is None else data.absolute(), changed_only=changed)
    out.print(f"lists    {escape(str(folder))}", highlight=False)


@contextmanager
def _answerer(experiment: str, model: str) -> "Iterator[Answerer]":
    from flows.answering import answerer_of
    from storage.settings import Settings

    settings = Settings()
    settings.check_exists()
    with answerer_of(settings, experiment, None if model == CHAMPION else model) as answerer:
        yield answerer


def _reason(answerer: "Answerer", history: list[str], item_id: str) -> str | None:
    """Return the item of the history that speaks most for an item, by its title if it has one."""
    support = answerer.support(history, item_id)
    if not support:
        return None
    best = max(support, key=lambda one: support[one])
    title = answerer.catalogue.titles[int(answerer.catalogue.codes([best])[0])]
    return title or best
