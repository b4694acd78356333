"""The certified quantities of a declaration, pure: what it holds at an authority, what it has to hold, one movement at a time."""
