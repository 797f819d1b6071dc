"""Readers and writers of our files: Parquet, safetensors and JSON, never pickle."""

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
from storage.files.split import TEST, TRAINING, read_split, read_training, read_vocabulary, write_split
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
    "write_vectors",
]
