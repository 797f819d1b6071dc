"""Tests of `storage.files`."""
