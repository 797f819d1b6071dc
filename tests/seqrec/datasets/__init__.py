"""Tests of `seqrec.datasets`."""
