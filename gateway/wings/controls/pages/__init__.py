"""The pages of control orders: an office's list, and those of a declaration."""
