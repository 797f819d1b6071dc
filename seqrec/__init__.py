"""The science: datasets, preparation, text, models, training and evaluation.

This layer knows no orchestration, no tracking server and no catalogue. Everything here can be called from a
notebook with plain arguments, and imports nothing from `storage`, `tasks` or `flows`.
"""
