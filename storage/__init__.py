"""Everything that outlives the process.

The content-addressed store, Parquet files, the DuckDB catalogue, the vector cache, model packages and MLflow.

This layer may import `seqrec`, but never `tasks`, `flows` or Prefect. It alone imports MLflow and DuckDB.
"""
