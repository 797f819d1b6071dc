"""The report: one self-contained HTML page on one comparison."""
