"""How well packs of risk criteria choose, on labelled declarations that nobody here made, and what their rows cost."""
