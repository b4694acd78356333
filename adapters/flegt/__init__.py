"""FLEGT licences: an authority as one file, `authority.toml`."""
