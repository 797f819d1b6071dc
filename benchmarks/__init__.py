"""Measured comparisons against peers, as scripts that print their table. They are not tests."""
