"""The pages of suspensions: an office's list, those of a declaration, and a party's own."""
