"""Sets of tables beside the delivered one."""

from gateway.domain.tables.in_force import Tables
from gateway.settings.tables import load_tables
from gateway.settings.tables.content import compose
from gateway.settings.tables.kinds import KINDS
from tests.builders.places import CONFIG


def other(version: str) -> Tables:
    """The delivered tables, as another set."""
    shipped = load_tables(CONFIG)
    return compose(version, {into: shipped.rows_of(into) for into in KINDS})
