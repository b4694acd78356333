"""Which of several credentials counts, and that whoever is in doubt is nobody."""

import asyncio

import pytest

from gateway.access import ANYBODY, Authenticator, Caller, CallHead, KeyReader, NothingShown, Proof, key_hash, new_key
from gateway.domain.errors import NotAuthenticated, StoreUnavailable
from gateway.domain.permission import Role
from gateway.settings import ApiKey, Security, SecurityMode

TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"


class Shown:
    """A reader of a header of its own, which holds the name of whom it proves."""

    def __init__(self, proof: Proof, header: str) -> None:
        self.proof = proof
        self._header = header.encode()
        self.asked = 0

    async def read(self, head: CallHead) -> Caller | None:
        self.asked += 1
        for value in head.values(self._header):
            if value == b"forged":
                raise NotAuthenticated("It is not good.")
            if value == b"away":
                raise StoreUnavailable("The database does not answer.")
            return Caller(name=value.decode(), roles=frozenset({Role.OFFICER}), proof=self.proof)
        return None

    async def known(self, name: str) -> Caller | None:
        return None

    def renew(self, security: Security) -> None:
        pass


def head(**headers: str) -> CallHead:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return CallHead.of("GET", "/v1/notices", pairs, address="192.0.2.1", peer="192.0.2.1")


def door(mode: SecurityMode = SecurityMode.API_KEY) -> tuple[Authenticator, dict[Proof, Shown]]:
    others = {
        Proof.SESSION: Shown(Proof.SESSION, "cookie"),
        Proof.CERTIFICATE: Shown(Proof.CERTIFICATE, "client-cert"),
        Proof.TOKEN: Shown(Proof.TOKEN, "x-token"),
    }
    security = Security(mode=mode, keys=(ApiKey(name="system", hash=key_hash("secret"), role=Role.CUSTOMS),))
    return Authenticator(security, (*others.values(), KeyReader(security))), others


def test_the_first_credential_in_the_order_of_the_kinds_counts() -> None:
    authenticator, _ = door()
    given = {"cookie": "c", "client_cert": "b", "x_token": "a", "x_api_key": "secret"}
    found = []
    for gone in (None, "x_api_key", "x_token", "client_cert"):
        given.pop(gone or "", None)
        found.append(asyncio.run(authenticator.caller(head(**given))))
    assert [(one.name, one.proof) for one in found] == [
        ("system", Proof.KEY),
        ("a", Proof.TOKEN),
        ("b", Proof.CERTIFICATE),
        ("c", Proof.SESSION),
    ]
    with pytest.raises(NothingShown):
        asyncio.run(authenticator.caller(head()))


def test_behind_a_credential_that_is_not_good_no_other_is_looked_for() -> None:
    authenticator, others = door()
    for bad in ({"x_api_key": "guessed"}, {"authorization": f"Bearer {new_key()}"}, {"x_token": "forged"}):
        with pytest.raises(NotAuthenticated) as refusal:
            asyncio.run(authenticator.caller(head(**bad, cookie="c", client_cert="b")))
        assert not isinstance(refusal.value, NothingShown)
    assert others[Proof.SESSION].asked == 0


def test_what_cannot_be_found_out_now_is_no_credential_that_is_not_good() -> None:
    authenticator, _ = door()
    with pytest.raises(StoreUnavailable):
        asyncio.run(authenticator.caller(head(x_token="away", cookie="c")))


def test_a_bearer_of_a_tokens_shape_is_no_key_unless_a_key_is_spelt_so() -> None:
    security = Security(keys=(ApiKey(name="odd", hash=key_hash("a.b.c"), role=Role.CUSTOMS),))
    authenticator = Authenticator(security)
    assert asyncio.run(authenticator.caller(head(authorization="Bearer a.b.c"))).name == "odd"
    reader = KeyReader(security)
    assert asyncio.run(reader.read(head(authorization=f"Bearer {TOKEN}"))) is None
    for bad in ({"authorization": f"Bearer {TOKEN}"}, {"x_api_key": TOKEN}, {"authorization": "Bearer a..c"}):
        with pytest.raises(NotAuthenticated, match="not known"):
            asyncio.run(authenticator.caller(head(**bad)))
    with pytest.raises(NothingShown):
        asyncio.run(authenticator.caller(head(authorization="Basic YTpi")))


def test_where_nobody_is_asked_only_a_session_says_who_plays() -> None:
    authenticator, _ = door(SecurityMode.NONE)
    assert asyncio.run(authenticator.caller(head(x_api_key="guessed", client_cert="b", x_token="forged"))) is ANYBODY
    assert asyncio.run(authenticator.caller(head(cookie="second demo officer"))).name == "second demo officer"


def test_whom_a_key_last_proved_is_remembered_but_lets_nobody_in() -> None:
    authenticator, _ = door()
    assert authenticator.remembered(head(x_api_key="secret")) is not None
    assert authenticator.remembered(head(x_api_key="guessed")) is None
    proven = asyncio.run(authenticator.caller(head(x_token="a", authorization=f"Bearer {TOKEN}")))
    assert authenticator.remembered(head(authorization=f"Bearer {TOKEN}")) is proven
    asyncio.run(authenticator.caller(head(cookie="c")))
    assert authenticator.remembered(head(cookie="c")) is None
    with pytest.raises(NotAuthenticated):
        asyncio.run(authenticator.caller(head(authorization=f"Bearer {TOKEN}")))
