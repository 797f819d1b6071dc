"""What the data root holds and costs, and the removal of what nobody needs."""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.markup import escape

from flows.cli.display import Display, console, show
from seqrec.errors import ConfigError

if TYPE_CHECKING:
    from storage.cleaning import Findings
    from storage.leftovers import Item
    from storage.settings import Settings

UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
AGES = {"today": timedelta(days=1), "this week": timedelta(weeks=1), "this month": timedelta(days=30)}


def clean(
    older_than: Annotated[
        str, typer.Option(metavar="AGE", help="What was used within this time stays: hours, days or weeks.")
    ] = "30d",
    yes: Annotated[bool, typer.Option("--yes", help="Remove it; without this, nothing is changed.")] = False,
    vectors: Annotated[
        bool, typer.Option("--vectors", help="Remove cached vectors too, of encoders that nothing uses.")
    ] = False,
    runs: Annotated[
        bool, typer.Option("--runs", help="Delete runs in MLflow too, of comparisons that nobody needs.")
    ] = False,
) -> None:
    """Say what the data root holds and costs, and remove what nobody needs.

    The last run of each experiment and the runs within the given time stay, with everything that they were made from.
    So does what the champions rest on and what a running run may use. Runs in Prefect stay, and so do those in MLflow
    and cached vectors unless you ask for their removal. A remote store is left as it is.
    """
    from flows.environment import prepare_environment
    from storage.settings import Settings

    settings, out, age = Settings(), console(), _age(older_than)
    settings.check_exists()
    prepare_environment(settings)
    with Display(out):
        from flows.cleaning import clean as remove
        from flows.cleaning import delete_runs, survey, unneeded_runs

        findings = survey(settings, age)
        n_runs = len(unneeded_runs(settings, findings))
    _show_folders(out, settings)
    _show_store(out, findings)
    _show_needed(out, findings)
    removable = [*findings.removable, *((one.item for one in findings.vectors) if vectors else ())]
    _show_removable(out, removable)
    if findings.vectors:
        n_texts, n_bytes = (
            sum(one.n_texts for one in findings.vectors),
            sum(one.item.n_bytes for one in findings.vectors),
        )
        again = f"{n_texts:,} texts would have to be embedded, and perhaps paid for, again"
        told = again if vectors else f"they stay unless you pass --vectors: {again}"
        show(out, "note    ", f"{decimal(n_bytes)} of cached vectors belong to encoders that nothing uses; {told}")
    if n_runs:
        told = "they and their children are deleted" if runs else "they stay unless you pass --runs"
        show(out, "note    ", f"runs in MLflow whose comparison nobody needs: {n_runs:,}; {told}")
    if not removable and not (runs and n_runs):
        out.print("Nothing can be removed.")
    elif not yes:
        show(out, "note    ", "nothing was changed; --yes removes it")
    else:
        with Display(out):
            deleted = delete_runs(settings, findings) if runs else None
            removed = remove(settings, findings, vectors=vectors)
        show(out, "removed ", f"{removed.n_items:,} items, {decimal(removed.n_bytes)}")
        if deleted is not None:
            show(out, "deleted ", f"{deleted.n_items:,} runs in MLflow, {decimal(deleted.n_bytes)} of files")
        if removed.n_in_use:
            show(out, "note    ", f"{removed.n_in_use:,} items stay, because a run began to use them meanwhile")


def _age(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,5})([hdw])", text)
    if found is None:
        raise ConfigError(
            "--older-than",
            got=text,
            expected="a number of hours, days or weeks",
            remedy="Write it like 12h, 30d or 8w.",
        )
    return int(found[1]) * UNITS[found[2]]


def _show_folders(out: Console, settings: "Settings") -> None:
    from storage.leftovers import n_bytes_of

    sizes = {path.name: n_bytes_of(path) for path in sorted(settings.data_root.iterdir())}
    show(out, "data root", f"{settings.data_root}, {decimal(sum(sizes.values()))}")
    for name, n_bytes in sorted(sizes.items(), key=lambda one: -one[1]):
        show(out, "         ", f"{decimal(n_bytes):>10}  {name}")


def _show_store(out: Console, findings: "Findings") -> None:
    from rich.table import Table

    kept, now = findings.kept, datetime.now(UTC)
    view = Table("store", "artifacts", "bytes", *(f"used {age}" for age in AGES), "earlier", "needed by nobody")
    groups = defaultdict(list)
    for one in findings.stored.values():
        groups[one.kind].append(one)
    for kind, found in sorted(groups.items()):
        by_age = [0] * (len(AGES) + 1)
        for one in found:
            by_age[sum(now - one.used_at > age for age in AGES.values())] += one.n_bytes
        unneeded = sum(one.n_bytes for one in found if one.key not in kept)
        sizes = (sum(by_age), *by_age, unneeded)
        view.add_row(kind, f"{len(found):,}", *(decimal(size) if size else "" for size in sizes))
    out.print(view)


def _show_needed(out: Console, findings: "Findings") -> None:
    from rich.table import Table

    view = Table("needed by", "artifacts", "bytes", "by nobody else")
    for who, keys in findings.needed.items():
        others = frozenset[str]().union(*(found for other, found in findings.needed.items() if other != who))
        sizes = (sum(findings.stored[key].n_bytes for key in some) for some in (keys, keys - others))
        view.add_row(escape(who), f"{len(keys):,}", *map(decimal, sizes))
    out.print(view)


def _show_removable(out: Console, removable: "Iterable[Item]") -> None:
    from rich.table import Table

    groups = defaultdict(list)
    for item in removable:
        groups[item.room, item.what].append(item)
    if not groups:
        return
    view = Table("can be removed", "what", "items", "bytes", "last used")
    for (room, what), items in groups.items():
        last = max(item.used_at for item in items)
        view.add_row(
            room, escape(what), f"{len(items):,}", decimal(sum(item.n_bytes for item in items)), f"{last:%Y-%m-%d}"
        )
    out.print(view)
