"""Item texts, the encoders that turn them into vectors, and the reducers that make the vectors narrower."""
