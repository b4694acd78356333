"""Export notifications of hazardous chemicals: an authority as one file, `authority.toml`."""
