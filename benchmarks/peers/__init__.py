"""Scripts of the peers: each runs under an interpreter with its library, and does not import `seqrec`."""
