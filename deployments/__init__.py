"""What is run, when and where: shipped experiments, the Prefect deployment and its schedule. No logic."""
