"""The pages of a running gateway: one that proves persons by an issuer, and one that asks nobody who they are."""

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright

from tests.builders.databases import Databases
from tests.builders.fish_case import Cases, Lodger, lodge_fish
from tests.builders.held_alike import held_for_causes
from tests.builders.issuer import AUDIENCE, CLIENT, OFFICER, PublishedKeys, publishing
from tests.builders.programs import NEEDS
from tests.builders.provider import provider
from tests.builders.receiver import HOST, Receiver, authority_file, receiving
from tests.builders.running import Served, authorities, served
from tests.builders.visitor import Visitor, demo_person

NOWHERE = dict.fromkeys(
    ("TRACES_AUTHENTICATION_KEY", "CATCH_API_KEY", "CITES_API_KEY", "DUAL_USE_CLIENT_ID", "DUAL_USE_CLIENT_SECRET"), "x"
)
"""Secrets of authorities that are nowhere: these pages need none."""


OPERATOR = {"sw-operator": "operator"}
COMMON = {
    "contact": "the help desk",
    "roles": {
        "sw-officer": "officer",
        "sw-trader": "trader",
        "sw-customs": "customs",
        "sw-risk": "risk",
        "sw-auditor": "auditor",
        **OPERATOR,
    },
    "client_id": CLIENT,
    "claims": {"offices": "offices"},
}


def signing_in(signing: PublishedKeys, *others: Mapping[str, object]) -> dict[str, str]:
    """What a gateway is started with at which persons sign in by the tests' issuer, and by others."""
    customs = {"name": "customs", "title": "Customs sign-in", "url": signing.url, "audience": AUDIENCE, **COMMON}
    return {"GATEWAY_SECURITY__MODE": "api-key", "GATEWAY_SECURITY__ISSUERS": json.dumps([customs, *others])}


@pytest.fixture(scope="session")
def signing() -> Iterator[PublishedKeys]:
    """An issuer whose keys the tests have."""
    with publishing() as one:
        yield one


@pytest.fixture
def issuer(signing: PublishedKeys) -> Iterator[PublishedKeys]:
    """That issuer, as it was at the beginning."""
    yield signing
    signing.answers, signing.person = None, dict(OFFICER)
    signing.codes.clear()


@pytest.fixture(scope="session")
def provider_url() -> Iterator[str]:
    """An OpenID provider that others made, as a process of its own."""
    with provider() as url:
        yield url


@pytest.fixture(scope="package")
def web_database(databases: Databases) -> Iterator[str]:
    """The database of the gateways of these tests."""
    with databases.one() as url:
        yield url


@pytest.fixture(scope="package")
def gateway(web_database: str, signing: PublishedKeys, provider_url: str) -> Iterator[Served]:
    """A gateway at which persons sign in by one of two issuers."""
    login = {
        "name": "login", "title": "Test Login", "url": provider_url, "client_secret": "env:SECRET_OF_LOGIN", **COMMON,
    }  # fmt: skip
    environment = {
        "GATEWAY_DATABASE_URL": web_database,
        **signing_in(signing, login),
        "GATEWAY_SECURITY__SESSIONS__SIGN_INS_PER_MINUTE": "100000",
        # Tests show many cookies and tokens that are none, all from one address.
        "GATEWAY_SECURITY__UNKNOWN_KEYS_PER_MINUTE": "100000",
        "SECRET_OF_LOGIN": "a secret of this test",
        "GATEWAY_WEBHOOKS__ALLOWED_HOSTS": json.dumps([HOST]),
        "GATEWAY_WEBHOOKS__OF_ONE": "3",
        **NOWHERE,
    }
    with served(environment) as running:
        yield running


@pytest.fixture(scope="package")
def demonstration(web_database: str) -> Iterator[Served]:
    """A gateway that asks nobody who they are."""
    with served({"GATEWAY_DATABASE_URL": web_database, **NOWHERE}) as running:
        yield running


@pytest.fixture(scope="package")
def receiver_of_cases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    """A receiver that webhooks of the gateway with the simulated authorities may lead to."""
    with receiving(tmp_path_factory.mktemp("receiver")) as receiver:
        yield receiver


@pytest.fixture(scope="package")
def cases(
    databases: Databases, receiver_of_cases: Receiver, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cases]:
    """A gateway with simulated authorities and the declaration of the design."""
    hooks = {
        "GATEWAY_WEBHOOKS__ALLOWED_HOSTS": json.dumps([HOST]),
        "GATEWAY_WEBHOOKS__PORTS": json.dumps([receiver_of_cases.port]),
        "GATEWAY_WEBHOOKS__CA_FILE": str(authority_file(tmp_path_factory.mktemp("authority"))),
    }
    with (
        databases.one() as url,
        authorities() as simulated,
        served({**simulated.environment, **hooks, "GATEWAY_DATABASE_URL": url}) as gateway,
    ):
        lodger = Lodger(url=gateway.url)
        yield Cases(
            gateway=gateway, simulated=simulated, lodger=lodger, fish=lodge_fish(simulated, lodger), database=url
        )


@pytest.fixture
def visitor(gateway: Served) -> Visitor:
    """Somebody who opens a browser at the gateway."""
    return Visitor(gateway.url)


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The system's Chromium, which reaches this machine and nothing else."""
    found = NEEDS["chromium"].found()
    if found is None:
        pytest.skip("no browser: chromium is not on the PATH")
    options = ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=options)
        yield browser
        await browser.close()


@pytest.fixture(scope="package")
def held_alike(cases: Cases) -> dict[str, dict[str, str]]:
    """Declarations that are alike and held for each of the causes that may not be told."""
    return held_for_causes(cases, "ALIKE")


@pytest.fixture
def signed_in(gateway: Served, issuer: PublishedKeys) -> Callable[[str], Visitor]:
    """Signs a person of a role in."""

    def person(role: str, **claims: Any) -> Visitor:
        issuer.person = {"sub": f"one {role}", "roles": [f"sw-{role}"], "offices": ["*"], **claims}
        visitor = Visitor(gateway.url)
        visitor.get("/sign-in/customs?target=%2Fconsole%2Fauthorities")
        return visitor

    return person


@pytest.fixture
def demo_trader(cases: Cases) -> Visitor:
    """The demo trader, signed in."""
    return demo_person(cases.gateway.url, "trader")


@pytest.fixture
def officer(cases: Cases) -> Visitor:
    """The first demo officer, signed in."""
    return demo_person(cases.gateway.url)


@pytest.fixture
def trader(demo_trader: Visitor) -> Visitor:
    """A trader, signed in."""
    return demo_trader
