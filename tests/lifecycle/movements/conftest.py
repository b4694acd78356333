"""An office of a test's own: a database, the simulated authority and one replica."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager

import pytest
from structlog.testing import capture_logs

from gateway.configured_rules import Rules
from gateway.contract import IdentityRule
from gateway.dispatch import LoadedAdapter
from tests.builders.authority import Authority
from tests.builders.databases import Databases
from tests.builders.offices import authority, loaded, rules
from tests.builders.replicas import Office, Scene

__all__ = ["authority", "loaded", "rules"]  # fixtures


@pytest.fixture
async def office(
    authority: Authority,
    database_url: str,
    rules: Rules,
    loaded: LoadedAdapter,
    rule: Callable[[], IdentityRule] | None,
) -> AsyncIterator[Office]:
    """One replica over an empty database; none of its work asks a rule of identity that it has not asked beforehand."""
    opened = Office(authority, database_url, rules, loaded, rule=rule)
    with capture_logs() as logs:
        await opened.open()
        yield opened
        await opened.must_be_sound()
        await opened.close()
    assert [one for one in logs if one["event"] == "identity_not_learned"] == []


@pytest.fixture
def rule() -> Callable[[], IdentityRule] | None:
    """Makes the rule of identity of a replica; None: it is the adapter's own."""
    return None


@pytest.fixture
def scene(
    authority: Authority, new_database: Callable[[], AbstractContextManager[str]], rules: Rules, loaded: LoadedAdapter
) -> Scene:
    """Opens offices one after the other, each over a database of its own, at one authority."""
    return Scene(authority, new_database, rules, loaded)


@pytest.fixture
def new_database(databases: Databases) -> Callable[[], AbstractContextManager[str]]:
    """Makes databases that last as long as a context."""
    return databases.one
