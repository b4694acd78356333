"""Accounts of authorised CBAM declarants: an authority as one file, `authority.toml`."""
