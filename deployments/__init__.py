"""What runs, when and where: shipped experiments, the Prefect deployment and its schedule, without any logic."""
