"""Small dumps in their true formats, one module per reader: `write` creates one, the constants state its contents."""
