"""Tests of `storage.download`."""
