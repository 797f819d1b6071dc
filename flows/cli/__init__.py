"""The command line: thin commands, with one file for each group."""

import os
import sys

from flows.cli.signals import EXIT_CODE, stopped_by_signals


def main() -> None:
    """Run a command. SIGINT and SIGTERM stop it in order: nothing keeps running, and nothing is shown as running."""
    # No child process may load modules from the folder in which somebody called us.
    os.environ["PYTHONSAFEPATH"] = "1"
    with stopped_by_signals():
        try:
            # Imported here, since the imports take a while in which a person may interrupt them.
            from flows.cli.app import start

            start()
        except KeyboardInterrupt:
            sys.exit(EXIT_CODE)
