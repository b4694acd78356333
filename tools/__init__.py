"""The generators of documentation from the code."""
