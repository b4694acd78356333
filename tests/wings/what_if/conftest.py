"""A store over the test's database, for the commands that ask what-if of it."""

from tests.builders.living import store

__all__ = ["store"]  # fixture
