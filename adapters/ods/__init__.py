"""Licences for ozone-depleting substances: an authority as one file, `authority.toml`."""
