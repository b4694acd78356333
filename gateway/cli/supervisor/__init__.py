"""`gateway serve`: the serving processes, their supervision, and what they share."""
