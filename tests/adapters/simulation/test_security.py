"""Whom the simulated port lets in."""

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from adapters.simulation.security import Security, Unauthenticated
from adapters.traces.simulator import AUTHENTICATION_KEY, USERNAME
from gateway.contract import Occasion
from gateway.contract.ws_security import WSSE, WSU, UsernameToken, password_digest
from gateway.contract.xml_text import moment_text

Change = Callable[[etree._Element], None]


def header(at: datetime, *, nonce: bytes = b"0123456789abcdef", key: str = AUTHENTICATION_KEY) -> etree._Element:
    """A SOAP header with the security of one request."""
    account = UsernameToken(username=USERNAME, password=key)
    occasion = Occasion(at=at, nonce=nonce, message_id="0" * 32)
    return etree.fromstring(f"<Header>{account.header(occasion)}</Header>")


def found(made: etree._Element, name: str) -> etree._Element:
    """An element of a header."""
    element = made.find(f".//{name}")
    assert element is not None
    return element


def port() -> Security:
    return Security({USERNAME: AUTHENTICATION_KEY})


def lasting(seconds: int) -> Change:
    def change(made: etree._Element) -> None:
        begins = made.findtext(f".//{{{WSU}}}Timestamp/{{{WSU}}}Created") or ""
        ends = moment_text(datetime.fromisoformat(begins) + timedelta(seconds=seconds))
        found(made, f"{{{WSU}}}Expires").text = ends

    return change


def put(name: str, text: str) -> Change:
    def change(made: etree._Element) -> None:
        found(made, name).text = text

    return change


def without(name: str) -> Change:
    def change(made: etree._Element) -> None:
        element = found(made, name)
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)

    return change


def plain_password(made: etree._Element) -> None:
    """The right digest, said to be a password in clear."""
    found(made, f"{{{WSSE}}}Password").set("Type", "#PasswordText")


def token_created_elsewhen(made: etree._Element) -> None:
    """A token that is right by itself, beside the timestamp of another moment."""
    moment, nonce = moment_text(datetime.now(UTC) - timedelta(seconds=31)), b"0123456789abcdef"
    put(f"{{{WSSE}}}UsernameToken/{{{WSU}}}Created", moment)(made)
    put(f"{{{WSSE}}}Password", password_digest(nonce, moment, AUTHENTICATION_KEY))(made)


@pytest.mark.parametrize("seconds", [60, 120])
def test_a_window_of_one_to_two_minutes_is_taken(seconds: int) -> None:
    made = header(datetime.now(UTC))
    lasting(seconds)(made)
    port().check(made)


REFUSED: dict[str, Change] = {
    "a window too short": lasting(59),
    "a window too long": lasting(121),
    "an account of another port": put(f"{{{WSSE}}}Username", "certificate-port"),
    "another digest": put(f"{{{WSSE}}}Password", b64encode(bytes(20)).decode()),
    "another nonce": put(f"{{{WSSE}}}Nonce", b64encode(bytes(16)).decode()),
    "a nonce that is none": put(f"{{{WSSE}}}Nonce", "***"),
    "a moment without its offset": put(f"{{{WSU}}}Expires", "2026-09-29T14:12:02.966"),
    "a password in clear": plain_password,
    "a token of another moment": token_created_elsewhen,
    **{f"without {name}": without(name) for name in (
        f"{{{WSSE}}}Security", f"{{{WSSE}}}UsernameToken", f"{{{WSSE}}}Username", f"{{{WSSE}}}Password",
        f"{{{WSSE}}}Nonce", f"{{{WSSE}}}UsernameToken/{{{WSU}}}Created", f"{{{WSU}}}Timestamp",
        f"{{{WSU}}}Timestamp/{{{WSU}}}Created", f"{{{WSU}}}Expires",
    )},
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_right_in_every_part_is_refused(name: str) -> None:
    made = header(datetime.now(UTC))
    REFUSED[name](made)
    security = port()
    with pytest.raises(Unauthenticated):
        security.check(made)
    security.check(header(datetime.now(UTC)))  # The nonce is still good.


def test_another_key_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        port().check(header(datetime.now(UTC), key="another"))


@pytest.mark.parametrize("nonce", [b"", b"1234567"])
def test_a_nonce_that_can_be_guessed_is_refused(nonce: bytes) -> None:
    with pytest.raises(Unauthenticated):
        port().check(header(datetime.now(UTC), nonce=nonce))


@pytest.mark.parametrize(("seconds", "taken"), [(-80, True), (-91, False), (25, True), (40, False)])
def test_clocks_may_differ_by_half_a_minute(seconds: int, taken: bool) -> None:
    made = header(datetime.now(UTC) + timedelta(seconds=seconds))
    if taken:
        port().check(made)
    else:
        with pytest.raises(Unauthenticated):
            port().check(made)


def test_a_nonce_is_good_once_at_any_moment() -> None:
    security = port()
    security.check(header(datetime.now(UTC)))
    with pytest.raises(Unauthenticated):
        security.check(header(datetime.now(UTC) + timedelta(seconds=1)))
    security.check(header(datetime.now(UTC), nonce=b"fedcba9876543210"))
