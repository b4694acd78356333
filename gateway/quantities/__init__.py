"""The certified quantities of a declaration, pure: our own quantity at an authority, its target, one movement at a time."""
