"""`gateway demo`: simulated authorities, sample declarations, and what came of them in a terminal."""
