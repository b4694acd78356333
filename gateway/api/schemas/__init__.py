"""What calls carry and what answers look like: bodies that are checked, and models for the documentation."""
