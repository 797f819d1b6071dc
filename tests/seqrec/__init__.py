"""Tests of `seqrec`."""
