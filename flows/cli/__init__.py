"""The command line: one file per group of commands, each thin."""

from flows.cli.main import main

__all__ = ["main"]
