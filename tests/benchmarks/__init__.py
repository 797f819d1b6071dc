"""Tests of `benchmarks`: that the scripts run, not what they measure."""
