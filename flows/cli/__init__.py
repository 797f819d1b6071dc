"""The command line: thin commands, with one file for each group."""

import os
from typing import NoReturn

from flows.cli import signals


def main() -> NoReturn:
    """Run a command. SIGINT and SIGTERM stop it in order: nothing keeps running, and nothing is shown as running."""
    # No child process may load modules from the folder in which somebody called us.
    os.environ["PYTHONSAFEPATH"] = "1"
    signals.run(_command)


def _command() -> None:
    # Imported here, since the imports take a while in which a person may interrupt them.
    from flows.cli.app import start

    start()
