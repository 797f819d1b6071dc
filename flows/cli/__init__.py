"""The command line: thin commands, with one file for each group."""

from flows.cli.main import main

__all__ = ["main"]
