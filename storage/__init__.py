"""Everything that outlives the process.

This layer holds the content-addressed store, Parquet files, the DuckDB catalogue, the vector cache, model packages and
MLflow. It may import `seqrec`, but never `tasks`, `flows` or Prefect. It alone imports MLflow and DuckDB.
"""
