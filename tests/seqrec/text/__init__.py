"""Tests of `seqrec.text`."""
