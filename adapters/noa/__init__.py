"""Notifications of arrival: an authority as one file, `authority.toml`."""
