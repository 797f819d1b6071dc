"""The science: datasets, preparation, text, models, training and evaluation.

The rule of this layer: it knows no orchestration, no tracking server and no catalogue. Everything here can be
called from a notebook with plain arguments, and imports nothing of `storage`, `tasks` or `flows`.
"""
