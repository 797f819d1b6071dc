"""Peers: each script runs under an interpreter that has its library, and knows nothing of `seqrec`."""
