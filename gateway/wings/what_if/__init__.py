"""Past decisions made again, under their own rules or others: by a command, and as reports that the console shows."""
