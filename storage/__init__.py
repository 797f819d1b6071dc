"""Everything that outlives the process.

The content-addressed store, Parquet files, the DuckDB catalogue, the vector cache, model packages and MLflow.

The rule of this layer: it may import `seqrec`, never `tasks` or `flows`, and never Prefect. MLflow and DuckDB
are imported nowhere else.
"""
