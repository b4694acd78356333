"""CITES permits and certificates: an authority as one file, `authority.toml`, and its simulator."""
