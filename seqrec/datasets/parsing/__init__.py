"""How bytes become rows: gzip, tar, blocks of lines, CSV, JSON lines, Python literals."""
