"""Readers and writers of our files: Parquet, safetensors and JSON, never pickle."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.files.audit import read_audit, write_audit
    from storage.files.json_file import read_json, write_json
    from storage.files.rankings import read_rankings, write_rankings
    from storage.files.results import (
        read_comparison,
        read_fit,
        read_metrics,
        write_comparison,
        write_fit,
        write_metrics,
    )
    from storage.files.split import (
        TEST,
        TRAINING,
        read_split,
        read_training,
        read_vocabulary,
        write_split,
        write_training,
    )
    from storage.files.state import read_state, write_state
    from storage.files.table import ParquetSink, read_table, write_table
    from storage.files.texts import read_features, read_texts, write_features, write_texts
    from storage.files.vectors import read_vectors, write_vectors

__all__ = [
    "TEST",
    "TRAINING",
    "ParquetSink",
    "read_audit",
    "read_comparison",
    "read_features",
    "read_fit",
    "read_json",
    "read_metrics",
    "read_rankings",
    "read_split",
    "read_state",
    "read_table",
    "read_texts",
    "read_training",
    "read_vectors",
    "read_vocabulary",
    "write_audit",
    "write_comparison",
    "write_features",
    "write_fit",
    "write_json",
    "write_metrics",
    "write_rankings",
    "write_split",
    "write_state",
    "write_table",
    "write_texts",
    "write_training",
    "write_vectors",
]

_MODULES = {
    "ParquetSink": "table",
    "TEST": "split",
    "TRAINING": "split",
    "read_audit": "audit",
    "read_comparison": "results",
    "read_features": "texts",
    "read_fit": "results",
    "read_json": "json_file",
    "read_metrics": "results",
    "read_rankings": "rankings",
    "read_split": "split",
    "read_state": "state",
    "read_table": "table",
    "read_texts": "texts",
    "read_training": "split",
    "read_vectors": "vectors",
    "read_vocabulary": "split",
    "write_audit": "audit",
    "write_comparison": "results",
    "write_features": "texts",
    "write_fit": "results",
    "write_json": "json_file",
    "write_metrics": "results",
    "write_rankings": "rankings",
    "write_split": "split",
    "write_state": "state",
    "write_table": "table",
    "write_texts": "texts",
    "write_training": "split",
    "write_vectors": "vectors",
}


def __getattr__(name: str) -> object:
    # Each kind of file needs libraries of its own, which take a while to import.
    if name in _MODULES:
        return getattr(import_module(f"storage.files.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
