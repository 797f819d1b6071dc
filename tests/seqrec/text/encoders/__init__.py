"""Tests of `seqrec.text.encoders`."""
