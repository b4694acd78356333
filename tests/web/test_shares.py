"""Pages take part in what a person, and an address, may ask of the gateway."""

from collections.abc import Iterator

import pytest

from tests.builders.issuer import PublishedKeys
from tests.builders.running import Served, served
from tests.builders.visitor import CONSOLE, PORTAL, Visitor
from tests.web.conftest import NOWHERE, signing_in


@pytest.fixture(scope="module")
def narrow(web_database: str, signing: PublishedKeys) -> Iterator[Served]:
    """A gateway at which a trader has two calls a minute, and an address two guesses."""
    limits = {"GATEWAY_SECURITY__CALLS_PER_MINUTE": "2", "GATEWAY_SECURITY__UNKNOWN_KEYS_PER_MINUTE": "2"}
    with served({"GATEWAY_DATABASE_URL": web_database, **signing_in(signing), **NOWHERE, **limits}) as running:
        yield running


def test_pages_of_a_trader_take_the_share_that_calls_take(narrow: Served, issuer: PublishedKeys) -> None:
    issuer.person = {"sub": "a busy trader", "roles": ["sw-trader"], "eoris": ["FR12345678901234"]}
    visitor = Visitor(narrow.url)
    visitor.get("/sign-in/customs")
    answers = [visitor.get("/", follow=False) for _ in range(3)]
    assert answers[-1].status_code == 429
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert PORTAL in visitor.cookies, "they are signed in still"


def test_whoever_guesses_sessions_is_refused_and_whoever_has_one_is_not(narrow: Served, issuer: PublishedKeys) -> None:
    here = Visitor(narrow.url)
    here.get("/sign-in/customs")
    assert here.get("/console/queue", follow=False).status_code == 200
    for number, path in enumerate(("/console", "/signed-out", "/console")):
        guessing = Visitor(narrow.url, cookies={CONSOLE: f"guess-{number}"})
        answer = guessing.get(path, follow=False)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert here.get("/console/queue", follow=False).status_code == 200
    assert Visitor(narrow.url).get("/sign-in", follow=False).status_code == 200
    late = Visitor(narrow.url)
    late.get("/sign-in/customs")
    assert late.get("/console/queue", follow=False).status_code == 200, "signed in from where others guess"


def test_a_session_that_is_over_is_kept_no_longer_and_so_counts_once(visitor: Visitor) -> None:
    visitor.cookies[PORTAL] = "over"
    assert visitor.get("/declarations", follow=False).status_code == 303
    assert PORTAL not in visitor.cookies
