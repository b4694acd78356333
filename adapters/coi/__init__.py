"""Certificates of inspection for organic products: an authority as one file, `authority.toml`."""
