"""Tests of `benchmarks`: they check that the scripts run, not what they measure."""
