"""A store of a test's own, and the rules as they are delivered."""

from tests.builders.living import rules, store

__all__ = ["rules", "store"]  # fixtures
