"""Tests of preparation."""
