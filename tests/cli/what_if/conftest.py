"""A database with the decisions of all stories, for the commands that ask what-if of it."""

from tests.history.conftest import database_url, past, store, stories

__all__ = ["database_url", "past", "store", "stories"]  # fixtures
