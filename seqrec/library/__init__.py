"""The program as a library: read, prepare, embed, fit, evaluate and recommend in a notebook, with original ids.

Everything stays in memory. Frames are those of polars or pandas, and results come back as frames of the same kind.
"""
