"""Small dumps in their true formats, one module per reader: `write` makes one, the constants say what it holds."""
