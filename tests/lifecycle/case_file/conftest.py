"""An office with a past: declarations through all their steps, windows, sets of tables, checkpoints."""

from tests.builders.offices import authority, loaded, office, rules

__all__ = ["authority", "loaded", "office", "rules"]  # fixtures
