"""The embedded PostgreSQL: a server of our own for one machine, its system user, and the watcher that stops it."""
