"""All commands, and the display of errors."""

import sys

import typer

from flows.cli.clean import clean
from flows.cli.deploy import deploy
from flows.cli.describe import describe
from flows.cli.display import console, show
from flows.cli.doctor import doctor
from flows.cli.download import download
from flows.cli.ingest import ingest
from flows.cli.init import init
from flows.cli.listing import list_
from flows.cli.pages import pages
from flows.cli.promote import promote, promotions, rollback
from flows.cli.recommend import export, recommend, score, similar
from flows.cli.results import history, leaderboard, report
from flows.cli.run import run
from flows.cli.services import down, status, up
from flows.cli.sql import sql
from flows.cli.tune import tune
from seqrec.errors import SeqrecError

LEAST_ROOM = 1 << 20
"""Bytes of free disk space below which a failure is put down to the disk."""

app = typer.Typer(
    help="Compare next-item recommenders, from raw interaction dumps to a report.\n\n"
    "Start with `seqrec run demo`, or with `seqrec init FILE` for a table of your own.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(init)
app.command(short_help="Run an experiment, from the dump to the report.")(run)
app.command(short_help="Search for the settings of models.")(tune)
app.command()(download)
app.command()(ingest)
app.command()(doctor)
app.command()(leaderboard)
app.command()(report)
app.command()(history)
app.command()(promote)
app.command()(promotions)
app.command()(rollback)
app.command()(recommend)
app.command()(similar)
app.command()(score)
app.command()(export)
app.command("list")(list_)
app.command()(describe)
app.command()(sql)
app.command(short_help="Start Prefect, MLflow, a worker and the deployments in the background.")(up)
app.command()(deploy)
app.command()(status)
app.command()(down)
app.command()(pages)
app.command()(clean)


def start() -> None:
    """Run a command; an error that the user can fix is printed without a traceback, and the exit code is 2."""
    try:
        app()
    except SeqrecError as error:
        _tell(error)
        sys.exit(2)
    except Exception:
        # A library may say something else if it can't write, such as an answer of Prefect's server with the status 500.
        cause = _full_disk()
        if cause is None:
            raise
        _tell(cause)
        sys.exit(2)


def _full_disk() -> SeqrecError | None:
    """Return what is wrong with the disk of the data root, or None if it has room."""
    from storage.atomic_write import check_room
    from storage.settings import Settings

    try:
        root = Settings().data_root
        if root.is_dir():
            check_room(root, LEAST_ROOM)
    except SeqrecError as error:
        return error
    return None


def _tell(error: SeqrecError) -> None:
    err = console(stderr=True)
    show(err, "[bold red]error[/]   ", error.subject)
    show(err, "found   ", error.got)
    show(err, "expected", error.expected)
    show(err, "remedy  ", error.remedy)
