"""Tests of the losses over the catalogue."""
