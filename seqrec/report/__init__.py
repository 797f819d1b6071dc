"""The report: a self-contained HTML page about one comparison."""
