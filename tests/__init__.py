"""Tests, which mirror the rooms. They need no GPU, no network and no data outside the repository."""
