"""The embedded PostgreSQL: a server of our own for one machine, whom it runs as, and who stops it."""
