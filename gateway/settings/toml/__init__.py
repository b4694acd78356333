"""Strict reading of TOML files: every fault gathered, with its place and the nearest name that is known."""
