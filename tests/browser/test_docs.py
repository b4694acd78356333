"""The documentation page works in a browser without the internet."""

import re
from collections.abc import Iterator

import pytest

from tests.browser.conftest import Render
from tests.builders.running import Served, served

pytestmark = pytest.mark.browser


@pytest.fixture
def alone(database_url: str) -> Iterator[Served]:
    """A gateway whose authorities are nowhere: its pages need none."""
    secrets = dict.fromkeys(
        ("TRACES_AUTHENTICATION_KEY", "CATCH_API_KEY", "CITES_API_KEY", "DUAL_USE_CLIENT_ID", "DUAL_USE_CLIENT_SECRET"),
        "x",
    )
    with served({"GATEWAY_DATABASE_URL": database_url, **secrets}) as gateway:
        yield gateway


@pytest.mark.whole
def test_the_documentation_shows_every_call(alone: Served, render: Render) -> None:
    page = render(f"{alone.url}/docs")
    shown = set(re.findall(r'data-path="([^"]+)"', page))
    with alone.client() as client:
        described = client.read("/openapi.json").json()
    documented = {*described["paths"], *described["webhooks"]}
    assert len(documented) > 10
    assert shown == documented
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert sources
    assert not [
        source for source in sources if source.startswith(("http:", "https:", "//")) and alone.url not in source
    ]
