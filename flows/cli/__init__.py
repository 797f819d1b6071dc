"""The command line: thin commands, one file for each group of them."""

from flows.cli.main import main

__all__ = ["main"]
