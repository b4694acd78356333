"""The stream of an open page, as far as tests need one: where the page says that it is, read in its reader's session."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.builders.event_stream import SentEvent, following
from tests.builders.processes import PATIENCE_S
from tests.builders.visitor import Visitor


def live_address(visitor: Visitor) -> str:
    """The address of the stream of the page that stands there."""
    assert visitor.page is not None
    (found,) = visitor.page.xpath("//*[@id='sw-live']/@*[name()='hx-sse:connect']")
    return str(found)


@contextmanager
def client_of(visitor: Visitor, *, url: str = "") -> Iterator[httpx.Client]:
    """A client with the cookies of a visitor, at their gateway or at another replica."""
    headers = {"cookie": "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())}
    with httpx.Client(base_url=url or visitor.url, headers=headers, timeout=PATIENCE_S, trust_env=False) as client:
        yield client


@contextmanager
def live(visitor: Visitor, *, address: str = "", last: str = "", url: str = "") -> Iterator[Iterator[SentEvent]]:
    """Follows the stream of the page that stands there."""
    with (
        client_of(visitor, url=url) as client,
        following(client, address or live_address(visitor), last=last) as events,
    ):
        yield events


def told(events: Iterator[SentEvent]) -> SentEvent:
    """The next event that says something."""
    return next(one for one in events if one.text)
