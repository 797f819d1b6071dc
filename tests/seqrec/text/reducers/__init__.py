"""Tests of `seqrec.text.reducers`."""
