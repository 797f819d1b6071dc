"""Tests of the splits."""
