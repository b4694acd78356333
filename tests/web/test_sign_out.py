"""Sign-out: of one browser, everywhere, at the issuer and by it; and that a session that is over is nobody's."""

import json
from typing import Any

import httpx
import psycopg
import pytest
from joserfc import jwt

from tests.builders.issuer import CLIENT, KEYS, PublishedKeys, now
from tests.builders.processes import PATIENCE_S
from tests.builders.running import Served
from tests.builders.visitor import CONSOLE, Visitor

EVENT: dict[str, dict[str, str]] = {"http://schemas.openid.net/event/backchannel-logout": {}}


def signed_in(gateway: Served) -> Visitor:
    visitor = Visitor(gateway.url)
    visitor.get("/sign-in/customs")
    assert is_signed_in(visitor)
    return visitor


def is_signed_in(visitor: Visitor) -> bool:
    return visitor.get("/console/queue", follow=False).status_code == 200


def sign_out(visitor: Visitor) -> httpx.Response:
    visitor.get("/sign-out?room=console")
    assert visitor.heading() == "Sign out of Single Window"
    return visitor.post("/sign-out")


def test_a_session_that_was_stolen_ends_with_the_sign_out(gateway: Served, issuer: PublishedKeys) -> None:
    visitor = signed_in(gateway)
    thief = Visitor(gateway.url, cookies={CONSOLE: visitor.cookies[CONSOLE]})
    assert is_signed_in(thief)
    sign_out(visitor)
    assert CONSOLE not in visitor.cookies
    assert not is_signed_in(thief)


def test_of_two_browsers_the_other_stays_unless_it_is_everywhere(gateway: Served, issuer: PublishedKeys) -> None:
    one, other = signed_in(gateway), signed_in(gateway)
    sign_out(one)
    assert (is_signed_in(one), is_signed_in(other)) == (False, True)
    one = signed_in(gateway)
    issuer.person = {**issuer.person, "sub": "somebody else"}
    else_ = signed_in(gateway)
    one.get("/sign-out?everywhere&room=console")
    one.post("/sign-out", everywhere="yes")
    assert (is_signed_in(one), is_signed_in(other), is_signed_in(else_)) == (False, False, True)


def test_also_at_the_issuer_is_said_only_if_it_said_so(gateway: Served, issuer: PublishedKeys) -> None:
    visitor = signed_in(gateway)
    answer = sign_out(visitor)
    assert answer.status_code == 200
    assert visitor.heading() == "You are signed out"
    assert "You are also signed out at Customs sign-in." in visitor.text()
    assert "/end" in issuer.asked
    # The address that the issuer sent the browser back to says it once, and in that browser.
    visitor.get(str(answer.url))
    assert "also signed out" not in visitor.text()
    visitor.get("/signed-out?state=invented")
    assert "also signed out" not in visitor.text()


def test_an_issuer_that_is_away_at_sign_out(gateway: Served, issuer: PublishedKeys) -> None:
    """It is known where it ends its sessions, and nobody would come back from there: no browser is sent."""
    visitor = signed_in(gateway)
    issuer.answers = lambda path: (503, {}, b"")
    answer = sign_out(visitor)
    assert answer.url.path == "/signed-out"
    assert visitor.heading() == "You are signed out"
    assert "Customs sign-in could not be reached: you may still be signed in there." in visitor.text()
    assert "also signed out" not in visitor.text()
    assert not is_signed_in(visitor)


def test_what_is_left_at_an_issuer_is_said(visitor: Visitor, issuer: PublishedKeys) -> None:
    visitor.get("/signed-out?issuer=customs")
    assert "Customs sign-in could not be reached: you may still be signed in there." in visitor.text()
    visitor.get("/signed-out?issuer=%3Cb%3Eevil")
    assert "evil" not in visitor.text()


def test_whoever_is_signed_in_still_is_told_so(gateway: Served, issuer: PublishedKeys) -> None:
    visitor = signed_in(gateway)
    visitor.get("/signed-out")
    assert visitor.heading() == "You are still signed in"


def test_a_link_signs_nobody_out(gateway: Served, issuer: PublishedKeys) -> None:
    visitor = signed_in(gateway)
    visitor.get("/sign-out?everywhere")
    assert is_signed_in(visitor)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "OWN", "sec-fetch-site": "cross-site"},
        {"origin": "OWN", "sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
)
def test_a_form_comes_from_a_page_of_ours(gateway: Served, issuer: PublishedKeys, headers: dict[str, str]) -> None:
    visitor = signed_in(gateway)
    visitor.get("/sign-out?room=console")
    sent = {name: gateway.url if value == "OWN" else value for name, value in headers.items()}
    assert visitor.post("/sign-out", headers=sent).status_code == 403
    assert "Nothing was done." in visitor.text()
    assert is_signed_in(visitor)


@pytest.mark.parametrize("token", ["", "invented", "of another browser"])
def test_a_form_brings_what_stood_in_it(gateway: Served, issuer: PublishedKeys, token: str) -> None:
    visitor, other = signed_in(gateway), signed_in(gateway)
    other.get("/sign-out?room=console")
    visitor.get("/sign-out?room=console")
    given = other.hidden()["form_token"] if token == "of another browser" else token
    assert visitor.post("/sign-out", form_token=given).status_code == 403
    assert is_signed_in(visitor)


def test_another_sign_in_takes_the_place_of_the_one_before(gateway: Served, issuer: PublishedKeys) -> None:
    visitor = signed_in(gateway)
    before = visitor.cookies[CONSOLE]
    visitor.get("/sign-in/customs")
    assert visitor.cookies[CONSOLE] != before
    assert not is_signed_in(Visitor(gateway.url, cookies={CONSOLE: before}))


@pytest.mark.parametrize(
    "later",
    [
        "used_at = now() - interval '31 minutes'",
        "ends_at = now()",
        "used_at = now() - interval '2 days', ends_at = now()",
    ],
)
def test_a_session_ends_by_itself(gateway: Served, issuer: PublishedKeys, web_database: str, later: str) -> None:
    visitor = signed_in(gateway)
    with psycopg.connect(web_database, autocommit=True) as connection:
        connection.execute(f"UPDATE session SET {later} WHERE ended_at IS NULL".encode())
    assert not is_signed_in(visitor)


def test_what_the_database_has_signs_nobody_in(gateway: Served, issuer: PublishedKeys, web_database: str) -> None:
    visitor = signed_in(gateway)
    with psycopg.connect(web_database, autocommit=True) as connection:
        rows = connection.execute("SELECT s::text, encode(digest, 'hex'), id_token FROM session s").fetchall()
    assert visitor.cookies[CONSOLE] not in str(rows)
    for _, digest, _ in rows:
        assert not is_signed_in(Visitor(gateway.url, cookies={CONSOLE: digest}))


def logout_token(issuer: PublishedKeys, *, typ: str | None = "logout+jwt", **claims: Any) -> str:
    said = {
        "sub": None,
        "roles": None,
        "client_id": None,
        "aud": CLIENT,
        "iat": now(),
        "exp": now() + 120,
        "events": EVENT,
    }
    return issuer.token(typ=typ, **said | claims)


def told(gateway: Served, token: str) -> httpx.Response:
    return httpx.post(
        f"{gateway.url}/sign-in/back-channel-logout", data={"logout_token": token}, timeout=PATIENCE_S, trust_env=False
    )


def test_an_issuer_ends_one_session_or_all_of_a_person(gateway: Served, issuer: PublishedKeys) -> None:
    issuer.person = {**issuer.person, "sid": "its first"}
    one = signed_in(gateway)
    issuer.person = {**issuer.person, "sid": "its second"}
    other = signed_in(gateway)
    answer = told(gateway, logout_token(issuer, sid="its first"))
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert (is_signed_in(one), is_signed_in(other)) == (False, True)
    assert told(gateway, logout_token(issuer, sub="an officer")).status_code == 200
    assert not is_signed_in(other)


def test_a_logout_token_of_before_ends_nothing_that_began_since(gateway: Served, issuer: PublishedKeys) -> None:
    visitor = signed_in(gateway)
    assert told(gateway, logout_token(issuer, sub="an officer", iat=now() - 100)).status_code == 200
    assert is_signed_in(visitor)


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": None},
        {"sid": 7},
        {"events": None},
        {"events": {}},
        {"events": ["http://schemas.openid.net/event/backchannel-logout"]},
        {"nonce": "n"},
        {"aud": "another"},
        {"iss": "https://another.example"},
        {"exp": 1},
        {"exp": None},
        {"jti": None},
        {"typ": "at+jwt"},
    ],
)
def test_what_is_no_logout_token_ends_nothing(gateway: Served, issuer: PublishedKeys, claims: dict[str, Any]) -> None:
    visitor = signed_in(gateway)
    answer = told(gateway, logout_token(issuer, **{"sub": "an officer", **claims}))
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})
    assert is_signed_in(visitor)


def test_a_forged_logout_token_ends_nothing(gateway: Served, issuer: PublishedKeys) -> None:
    visitor = signed_in(gateway)
    claims = issuer.claims(sub="an officer", aud=CLIENT, iat=now(), exp=now() + 60, events=EVENT)
    forged = jwt.encode({"alg": "ES256", "kid": "first", "typ": "logout+jwt"}, claims, KEYS["new"])
    for token in (forged, "", "a.b.c", json.dumps(claims)):
        assert told(gateway, token).status_code == 400
    assert is_signed_in(visitor)
