"""The rules: each a pure function over one case, speaking for itself alone."""
