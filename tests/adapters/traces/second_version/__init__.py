"""A second version of the customs port, live beside the first: what an earlier one would take."""
