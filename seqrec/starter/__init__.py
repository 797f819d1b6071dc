"""A first experiment for a user's own table: which column means what, guessed from names and values."""
