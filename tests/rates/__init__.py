"""How often ordinary declarations are decided right: `make rates`."""
