"""Import licences and statements for cultural goods: an authority as one file, `authority.toml`."""
