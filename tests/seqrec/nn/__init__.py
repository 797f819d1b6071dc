"""Tests of the building blocks of networks."""
