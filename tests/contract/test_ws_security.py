"""The security header of a SOAP message, as the profile has it."""

from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha1

import pytest

from gateway.contract import Occasion, RequestRejected
from gateway.contract.ws_security import (
    PASSWORD_DIGEST,
    PASSWORD_TEXT,
    SOAP_11,
    SOAP_12,
    WSSE,
    WSU,
    UsernameToken,
    password_digest,
)
from gateway.contract.xml import XmlRecord, read_xml

NAMES = {"w": WSSE, "u": WSU, "s11": SOAP_11, "s12": SOAP_12}
OCCASION = Occasion(
    at=datetime(2026, 3, 2, 10, 12, 0, 500_999, tzinfo=timezone(timedelta(hours=1))),
    nonce=bytes(range(16)),
    message_id="0" * 32,
)
TOKEN = UsernameToken(username="customs & co", password="s<cret")


def header(token: UsernameToken, occasion: Occasion = OCCASION) -> XmlRecord:
    return read_xml(token.header(occasion).encode(), "w:Security", NAMES)


def test_the_digest_is_that_of_the_profile() -> None:
    told = header(TOKEN)
    account = told.one("w:UsernameToken")
    assert account.text("w:Username") == "customs & co"
    assert account.text("w:Password/@Type") == PASSWORD_DIGEST
    nonce, created = b64decode(account.text("w:Nonce")), account.text("u:Created")
    assert (nonce, created) == (OCCASION.nonce, "2026-03-02T09:12:00.500Z")
    expected = b64encode(sha1(nonce + created.encode() + b"s<cret").digest()).decode()
    assert account.text("w:Password") == password_digest(nonce, created, "s<cret") == expected
    stamp = told.one("u:Timestamp")
    assert (stamp.text("u:Created"), stamp.text("u:Expires")) == (created, "2026-03-02T09:13:00.500Z")
    assert "s<cret" not in repr(TOKEN)


def test_the_digest_of_the_profiles_own_kind_of_values() -> None:
    # By hand: printf 'nonce2026-03-02T09:12:00Zsecret' | openssl sha1 -binary | base64
    assert password_digest(b"nonce", "2026-03-02T09:12:00Z", "secret") == "R4sHHTOzBXzTcy2K9M7lxwvhEII="


def test_a_password_may_be_told_as_it_is() -> None:
    account = header(replace(TOKEN, as_text=True, lifetime=timedelta(minutes=5))).one("w:UsernameToken")
    assert (account.text("w:Password/@Type"), account.text("w:Password")) == (PASSWORD_TEXT, "s<cret")
    assert account.text("w:Nonce")


@pytest.mark.parametrize(("envelope", "prefix"), [(SOAP_11, "s11"), (SOAP_12, "s12")])
def test_the_header_is_marked_where_a_service_wants_it(envelope: str, prefix: str) -> None:
    assert header(replace(TOKEN, must_understand=envelope)).text(f"@{prefix}:mustUnderstand") == "1"
    assert not header(TOKEN).has(f"@{prefix}:mustUnderstand")
    with pytest.raises(ValueError, match="envelope"):
        replace(TOKEN, must_understand="urn:x")


def test_each_request_of_an_exchange_has_a_nonce_of_its_own() -> None:
    nonces = {header(TOKEN, OCCASION.nth(n)).text("w:UsernameToken/w:Nonce") for n in range(3)}
    assert len(nonces) == 3


@pytest.mark.parametrize("token", [replace(TOKEN, username="a\x00"), replace(TOKEN, password="a\x0b", as_text=True)])
def test_what_xml_cannot_say_is_not_sent(token: UsernameToken) -> None:
    with pytest.raises(RequestRejected):
        token.header(OCCASION)


def test_moments_are_told_in_utc() -> None:
    assert (
        header(TOKEN, replace(OCCASION, at=datetime(2026, 3, 2, tzinfo=UTC))).text("u:Timestamp/u:Created")
        == "2026-03-02T00:00:00.000Z"
    )
