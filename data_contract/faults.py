"""Ways to break data, for tests and drills."""
