"""A toy authority for the tests of the simulator frame."""
