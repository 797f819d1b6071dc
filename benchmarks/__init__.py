"""Measured comparisons with peers, as scripts that print their tables. They are not tests."""
