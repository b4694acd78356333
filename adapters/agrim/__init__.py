"""Licences for agricultural products: an authority as one file, `authority.toml`."""
