"""Authorisations for drug precursors: an authority as one file, `authority.toml`."""
