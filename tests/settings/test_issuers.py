"""The settings of issuers: what would let somebody in who is not proven is refused at the start."""

import json
from typing import Any

import pytest

from gateway.access import Issuers
from gateway.domain.errors import ConfigurationError
from gateway.domain.permission import Role
from gateway.settings import Algorithm, Settings, load
from gateway.settings.issuers import url_fault

HOME = {"HOME": "/home/somebody"}
GOOD: dict[str, Any] = {
    "name": "customs", "title": "Customs sign-in", "url": "https://login.example", "audience": "https://window.example",
    "contact": "the desk", "roles": {"sw-officer": "officer"},
}  # fmt: skip


def read(*issuers: dict[str, Any], **environment: str) -> Settings:
    return load({**HOME, "GATEWAY_SECURITY__ISSUERS": json.dumps(issuers), **environment})


def faults(*issuers: dict[str, Any], **environment: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read(*issuers, **environment)
    return "\n".join(caught.value.faults)


def test_an_issuer_is_read() -> None:
    (issuer,) = read(GOOD).security.issuers
    assert dict(issuer.roles) == {"sw-officer": Role.OFFICER}
    assert issuer.algorithms == (Algorithm.RS256, Algorithm.ES256)
    assert (issuer.claims.roles, issuer.claims.person) == ("roles", "sub")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"algorithms": ["none"]}, "security.issuers.0.algorithms.0"),
        ({"algorithms": ["HS256"]}, "security.issuers.0.algorithms.0"),
        ({"algorithms": ["RS256", "HS512"]}, "security.issuers.0.algorithms.1"),
        ({"algorithms": []}, "security.issuers.0.algorithms"),
        ({"url": "http://login.example"}, "https:// is needed"),
        ({"url": "https://user:secret@login.example"}, "without user, password and fragment"),
        ({"url": "login.example"}, "a URL with a host is needed"),
        ({"roles": {}}, "security.issuers.0.roles"),
        ({"roles": {"x": "emperor"}}, "security.issuers.0.roles.x"),
        ({"roles": {"x": "authority"}}, "no issuer gives the role authority"),
        ({"name": "callback"}, "an address of the gateway's own"),
        ({"name": "Customs"}, "security.issuers.0.name"),
        ({"audience": None}, "audience, client_id or both are needed"),
        ({"client_secret": "env:X"}, "client_secret belongs beside client_id"),
        ({"client_id": "g", "scopes": ["profile"]}, "scopes need openid"),
        ({"claims": {"roles": "/a//b"}}, "a JSON pointer"),
        ({"claims": {"role": "roles"}}, "did you mean 'roles'"),
        ({"contact": ""}, "security.issuers.0.contact"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(changed: dict[str, Any], said: str) -> None:
    assert said in faults({**GOOD, **changed})


def test_two_issuers_are_two() -> None:
    assert "two issuers have the same url" in faults(GOOD, {**GOOD, "name": "other"})
    assert "two issuers have the same name" in faults(GOOD, {**GOOD, "url": "https://other.example"})


def test_a_key_is_not_called_as_whom_an_issuer_proves() -> None:
    keys = json.dumps([{"name": "customs:0123456789abcdef", "hash": "a" * 64, "role": "officer"}])
    assert "give it another name" in faults(GOOD, GATEWAY_SECURITY__KEYS=keys)


def test_browsers_have_to_come_back() -> None:
    signing = {**GOOD, "client_id": "gateway"}
    assert read(signing).security.public_url is None
    assert "public_url is needed" in faults(signing, GATEWAY_HOST="0.0.0.0")
    at = read(signing, GATEWAY_HOST="0.0.0.0", GATEWAY_SECURITY__PUBLIC_URL="https://Window.example/")
    assert at.security.public_url == "https://window.example"
    for url in ("https://window.example/path", "http://window.example", "https://window.example?x"):
        assert "public_url" in faults(signing, GATEWAY_SECURITY__PUBLIC_URL=url)


def test_a_session_ends_idle_before_it_ends_at_all() -> None:
    security = {
        "GATEWAY_SECURITY__SESSIONS__IDLE_SECONDS": "7200",
        "GATEWAY_SECURITY__SESSIONS__ABSOLUTE_SECONDS": "3600",
    }
    assert "idle_seconds is longer than absolute_seconds" in faults(GOOD, **security)


def test_a_secret_that_is_not_there_is_said_and_one_that_is_never_repeated() -> None:
    security = read({**GOOD, "client_id": "g", "client_secret": "env:SECRET_THAT_IS_NOT_SET"}).security
    with pytest.raises(ConfigurationError, match="SECRET_THAT_IS_NOT_SET is not set"):
        Issuers(security)
    plain = read({**GOOD, "client_id": "g", "client_secret": "a secret in the open"}).security
    with pytest.raises(ConfigurationError) as caught:
        Issuers(plain)
    assert "open" not in str(caught.value)
    assert "in the open" not in repr(plain)


def test_a_file_of_authorities_that_is_none_is_said() -> None:
    with pytest.raises(ConfigurationError, match="ca_file"):
        Issuers(read({**GOOD, "ca_file": "/nowhere.pem"}).security)


@pytest.mark.parametrize(
    "url", ["https://[::1", "https://x.example:port", "https://x.example/a b", "https://x.example#f", "https://"]
)
def test_what_is_no_address(url: str) -> None:
    assert url_fault(url) is not None


@pytest.mark.parametrize("url", ["https://x.example/a", "http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"])
def test_what_is_one(url: str) -> None:
    assert url_fault(url) is None
