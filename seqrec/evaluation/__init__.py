"""Ranking, metrics, statistics, slices and published tables."""
