"""`gateway demo`: simulated authorities, sample declarations, and their outcomes in a terminal."""
