"""An examination of an installation: each check says what was seen, and what to do."""
