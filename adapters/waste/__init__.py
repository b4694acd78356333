"""Notifications of shipments of waste: an authority as one file, `authority.toml`."""
