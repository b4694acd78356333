"""`gateway serve`: the serving processes, who starts them again, and what they share."""
