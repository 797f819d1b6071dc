"""The command line: thin commands, with one file for each group."""

import signal
import sys


def main() -> None:
    """Run a command. SIGTERM stops it as Ctrl-C does, at any moment, and leaves no server behind."""
    try:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        # Imported here, since the imports take seconds in which a person may interrupt them.
        from flows.cli.app import start  # noqa: PLC0415

        start()
    except KeyboardInterrupt:
        sys.exit(130)
