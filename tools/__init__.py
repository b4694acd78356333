"""What makes the documentation from the code."""
