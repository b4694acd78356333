"""Reading TOML files strictly: every fault gathered, with its place and the nearest name that is known."""
