"""The way from canonical interactions to a split: core filter, tie rule, sequences, protocols."""
