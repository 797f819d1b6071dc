"""The search for settings: what may be varied, how far, and on which folds."""
