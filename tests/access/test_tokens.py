"""Access tokens: who is known by one, and every way in which one is not good."""

import base64
import hmac
import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from gateway.access import CallHead, Issuers, Proof
from gateway.access.issuer import MOST_BYTES, UNKNOWN_KEY_S, IssuerAway, IssuerClient
from gateway.access.signed_tokens import MOST_CHARACTERS, TokenFault, TokenRefused
from gateway.access.subjects import NoRoleHere
from gateway.access.tokens import TokenReader
from gateway.domain.errors import NotAuthenticated
from gateway.domain.permission import Role
from gateway.settings import Issuer
from gateway.store import Store
from tests.builders.databases import Databases
from tests.builders.issuer import KEYS, NOW, SHARED, SHORT, PublishedKeys, publishing

EORI = "FR12345678901234"


@pytest.fixture
def issuer() -> Iterator[PublishedKeys]:
    """An issuer that answers."""
    with publishing() as one:
        yield one


@pytest.fixture(scope="module")
async def store(databases: Databases) -> AsyncIterator[Store]:
    """A store for all of these tests: what one says of a subject, the next says anew."""
    with databases.one() as url:
        async with Store.opened(url) as opened:
            yield opened


class Watch:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.s = 1_000.0

    def __call__(self) -> float:
        return self.s


def head(token: str) -> CallHead:
    return CallHead.of("GET", "/v1/adapters", [(b"authorization", f"Bearer {token}".encode("latin-1"))])


def reader_of(issuer: PublishedKeys, store: Store, watch: Watch | None = None, **settings: Any) -> TokenReader:
    security = issuer.security(**settings)

    def client(one: Issuer) -> IssuerClient:
        return IssuerClient(one, clock=watch or Watch())

    return TokenReader(
        security, store, Issuers(security, client=client), known_for=timedelta(hours=1), clock=lambda: NOW
    )


async def refusal(reader: TokenReader, token: str) -> str | None:
    with pytest.raises(NotAuthenticated) as caught:
        await reader.read(head(token))
    # One text for all: it says nothing about what would be better.
    assert caught.value.detail == "The token is not good here."
    return caught.value.reason


def b64(value: bytes | dict[str, Any]) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


async def test_a_good_token_proves_a_person(issuer: PublishedKeys, store: Store) -> None:
    caller = await reader_of(issuer, store).read(head(issuer.token()))
    assert caller is not None
    assert (caller.proof, caller.roles, caller.is_person) == (Proof.TOKEN, frozenset({Role.OFFICER}), True)
    assert (caller.eoris, caller.offices, caller.person) == (None, None, "an officer")
    # The trail keeps names for ever, so it has none of a person's.
    assert caller.name.startswith("customs:")
    assert "officer" not in caller.name


async def test_a_token_of_another_algorithm_of_the_issuer(issuer: PublishedKeys, store: Store) -> None:
    assert await reader_of(issuer, store).read(head(issuer.token(key="rsa"))) is not None


async def test_a_key_is_no_token(issuer: PublishedKeys, store: Store) -> None:
    reader = reader_of(issuer, store)
    assert await reader.read(head("a-key-of-ours")) is None
    assert (
        await reader.read(CallHead.of("GET", "/", [(b"x-api-key", b"k"), (b"authorization", b"Bearer a.b.c")])) is None
    )
    assert issuer.asked == []


@pytest.mark.parametrize(
    ("claims", "fault"),
    [
        ({"exp": NOW - 31}, TokenFault.EXPIRED),
        ({"exp": None}, TokenFault.INCOMPLETE),
        ({"exp": "tomorrow"}, TokenFault.MALFORMED),
        ({"exp": True}, TokenFault.MALFORMED),
        ({"exp": 10**400}, TokenFault.MALFORMED),
        ({"exp": float("nan")}, TokenFault.MALFORMED),
        ({"nbf": NOW + 31}, TokenFault.EARLY),
        ({"iat": NOW + 31}, TokenFault.EARLY),
        ({"iat": None}, TokenFault.INCOMPLETE),
        ({"jti": None}, TokenFault.INCOMPLETE),
        ({"client_id": None}, TokenFault.INCOMPLETE),
        ({"sub": None}, TokenFault.INCOMPLETE),
        ({"sub": ["an officer"]}, TokenFault.MALFORMED),
        ({"aud": "https://another.example"}, TokenFault.AUDIENCE),
        ({"aud": None}, TokenFault.INCOMPLETE),
        ({"aud": {"https://window.example": 1}}, TokenFault.MALFORMED),
        ({"aud": ["https://window.example", 7]}, TokenFault.MALFORMED),
        ({"iss": "https://another.example"}, TokenFault.ISSUER),
        ({"iss": None}, TokenFault.INCOMPLETE),
        ({"iss": 7}, TokenFault.MALFORMED),
    ],
)
async def test_what_a_token_says_is_held_against_it(
    issuer: PublishedKeys, store: Store, claims: dict[str, Any], fault: TokenFault
) -> None:
    assert await refusal(reader_of(issuer, store), issuer.token(**claims)) == fault


async def test_a_clock_may_differ_as_far_as_is_set(issuer: PublishedKeys, store: Store) -> None:
    token = issuer.token(exp=NOW - 29, nbf=NOW + 29)
    assert await reader_of(issuer, store).read(head(token)) is not None


@pytest.mark.parametrize("typ", [None, "JWT", "logout+jwt", ""])
async def test_another_kind_of_token_is_none(issuer: PublishedKeys, store: Store, typ: str | None) -> None:
    assert await refusal(reader_of(issuer, store), issuer.token(typ=typ)) == TokenFault.KIND


async def test_its_type_may_be_written_in_full(issuer: PublishedKeys, store: Store) -> None:
    assert await reader_of(issuer, store).read(head(issuer.token(typ="application/AT+JWT"))) is not None


async def test_a_token_without_a_signature(issuer: PublishedKeys, store: Store) -> None:
    claims = b64(issuer.claims())
    for alg in ("none", "None", ""):
        token = f"{b64({'alg': alg, 'typ': 'at+jwt'})}.{claims}.x"
        assert await refusal(reader_of(issuer, store), token) == TokenFault.ALGORITHM
    # Three parts of which the last is empty are a token, too, and never somebody's key.
    assert await refusal(reader_of(issuer, store), f"{b64({'alg': 'none', 'typ': 'at+jwt'})}.{claims}.") in {
        TokenFault.ALGORITHM,
        TokenFault.UNREADABLE,
    }


async def test_a_token_signed_with_what_is_published(issuer: PublishedKeys, store: Store) -> None:
    """Whoever takes the algorithm of the header takes a public key for a shared secret."""
    public = RSAKey.import_key(KEYS["rsa"].as_dict(private=False)).as_pem(private=False)
    signed = f"{b64({'alg': 'HS256', 'kid': 'rsa', 'typ': 'at+jwt'})}.{b64(issuer.claims())}"
    token = f"{signed}.{b64(hmac.digest(public, signed.encode(), 'sha256'))}"
    assert await refusal(reader_of(issuer, store), token) == TokenFault.ALGORITHM


async def test_keys_that_nobody_may_sign_with_are_not_taken(issuer: PublishedKeys, store: Store) -> None:
    issuer.keys |= {"shared": SHARED, "short": SHORT}
    short = jwt.encode({"alg": "RS256", "kid": "short", "typ": "at+jwt"}, issuer.claims(), SHORT)
    assert await refusal(reader_of(issuer, store), short) == TokenFault.KEY


async def test_a_forged_token(issuer: PublishedKeys, store: Store) -> None:
    other = jwt.encode({"alg": "ES256", "kid": "first", "typ": "at+jwt"}, issuer.claims(), KEYS["new"])
    assert await refusal(reader_of(issuer, store), other) == TokenFault.SIGNATURE
    header, _, signature = issuer.token().split(".")
    promoted = f"{header}.{b64(issuer.claims(roles=['sw-operator']))}.{signature}"
    assert await refusal(reader_of(issuer, store), promoted) == TokenFault.SIGNATURE
    # The key of one type, the algorithm of another.
    mixed = f"{b64({'alg': 'RS256', 'kid': 'first', 'typ': 'at+jwt'})}.{b64(issuer.claims())}.{signature}"
    assert await refusal(reader_of(issuer, store), mixed) == TokenFault.SIGNATURE


async def test_what_is_no_token(issuer: PublishedKeys, store: Store) -> None:
    reader, (header, claims, signature) = reader_of(issuer, store), issuer.token().split(".")
    for token, fault in (
        ("a.b.c", TokenFault.UNREADABLE),
        (f"{header}.{b64(b'no json')}.{signature}", TokenFault.UNREADABLE),
        (f"{header}.{b64(b'[1]')}.{signature}", TokenFault.UNREADABLE),
        (f"{b64(b'[' * 2_000)}.{claims}.{signature}", TokenFault.UNREADABLE),
        (f"{header}.{b64(json.dumps(issuer.token()).encode())}.{signature}", TokenFault.NESTED),
        (f"{b64({'alg': 'ES256', 'cty': 'JWT'})}.{claims}.{signature}", TokenFault.NESTED),
        (f"{b64({'alg': 'ES256', 'crit': ['x'], 'x': 1})}.{claims}.{signature}", TokenFault.CRITICAL),
        (f"{b64({'alg': 'ES256', 'b64': False, 'crit': ['b64']})}.{claims}.{signature}", TokenFault.CRITICAL),
        (f"{header}.{'a' * MOST_CHARACTERS}.{signature}", TokenFault.TOO_LARGE),
        (f"{b64({'alg': 'ES256', 'typ': 'at+jwt', 'kid': ['first']})}.{claims}.{signature}", TokenFault.MALFORMED),
        (f"{b64({'alg': ['ES256'], 'typ': 'at+jwt'})}.{claims}.{signature}", TokenFault.ALGORITHM),
    ):
        assert await refusal(reader, token) == fault, token[:60]
    # How deep is too deep, Python's versions see differently.
    deep = b64(b'{"a":' + b"[" * 5_000 + b"]" * 5_000 + b"}")
    assert await refusal(reader, f"{header}.{deep}.{signature}") in {TokenFault.UNREADABLE, TokenFault.INCOMPLETE}
    assert await reader.read(head(f"{header}.{claims}.{signature}.d.e")) is None, "the key reader refuses it"


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"roles": None}, "no role"),
        ({"roles": []}, "no role"),
        ({"roles": ["their-officer"]}, "no role"),
        ({"roles": ["SW-OFFICER"]}, "no role"),
        ({"roles": "sw-officer sw-auditor"}, "no role"),
        ({"roles": ["sw-officer", "sw-auditor"]}, "more than one role"),
        ({"roles": {"sw-officer": True}}, "the claim roles is no list of texts"),
        ({"roles": ["sw-officer", 7]}, "the claim roles is no list of texts"),
        ({"roles": ["x"] * 1_001}, "the claim roles is no list of texts"),
        ({"roles": ["sw-trader"]}, "a trader without an EORI"),
        ({"roles": ["sw-trader"], "eoris": []}, "a trader without an EORI"),
        ({"roles": ["sw-trader"], "eoris": [EORI, "not one"]}, "an EORI that is none"),
        ({"roles": ["sw-trader"], "eoris": [EORI, "*"]}, "an EORI that is none"),
        ({"roles": ["sw-trader"], "eoris": [EORI, f"{EORI}\n"]}, "an EORI that is none"),
        ({"roles": ["sw-trader"], "eoris": {EORI: 1}}, "the claim eoris is no list of texts"),
        ({"roles": ["sw-customs"]}, "the role customs is a machine's"),
        ({"client_id": "an officer"}, "the role officer is a person's"),
        ({"sub": "a" * 256}, "the subject is no identifier"),
        ({"sub": "a\u202eb"}, "the subject is no identifier"),
    ],
)
async def test_whoever_is_in_doubt_is_nobody(
    issuer: PublishedKeys, store: Store, claims: dict[str, Any], reason: str
) -> None:
    with pytest.raises(NoRoleHere) as caught:
        await reader_of(issuer, store).read(head(issuer.token(**claims)))
    assert caught.value.reason == reason
    assert "Ask the desk and name:" in caught.value.detail
    assert caught.value.status == 403


async def test_a_trader_has_the_scope_that_is_given(issuer: PublishedKeys, store: Store) -> None:
    caller = await reader_of(issuer, store).read(head(issuer.token(roles="sw-trader", eoris=[EORI])))
    assert caller is not None
    assert (caller.roles, caller.eoris, caller.sees_as_trader) == (frozenset({Role.TRADER}), frozenset({EORI}), True)


async def test_claims_may_be_nested(issuer: PublishedKeys, store: Store) -> None:
    paths = {"roles": "/realm_access/roles", "person": "/https:~1~1x.example~1who", "machine": "bot"}
    reader = reader_of(issuer, store, claims=paths)
    nested: dict[str, Any] = {"roles": None, "realm_access": {"roles": ["sw-auditor"]}, "https://x.example/who": "Ann"}
    caller = await reader.read(head(issuer.token(**nested, bot=True)))
    assert caller is not None
    assert (caller.roles, caller.person, caller.is_person) == (frozenset({Role.AUDITOR}), "Ann", False)
    for wrong in ({"realm_access": ["roles"]}, {"bot": "yes"}, {"https://x.example/who": None}):
        with pytest.raises(NoRoleHere):
            await reader.read(head(issuer.token(**nested | wrong)))


@pytest.mark.parametrize(
    ("given", "offices"),
    [(["FR001260"], {"FR001260"}), ("FR001260", {"FR001260"}), (["*"], None), (["FR001260", "*"], None)],
)
async def test_an_officer_has_the_offices_that_are_given(
    issuer: PublishedKeys, store: Store, given: object, offices: set[str] | None
) -> None:
    reader = reader_of(issuer, store, claims={"offices": "offices"})
    caller = await reader.read(head(issuer.token(offices=given)))
    assert caller is not None
    assert caller.offices == offices


@pytest.mark.parametrize("given", [None, [], ["everywhere"], [""], {"FR001260": 1}])
async def test_an_officer_without_an_office_is_nobody(issuer: PublishedKeys, store: Store, given: object) -> None:
    with pytest.raises(NoRoleHere):
        await reader_of(issuer, store, claims={"offices": "offices"}).read(head(issuer.token(offices=given)))


async def test_a_machine_is_called_by_its_name(issuer: PublishedKeys, store: Store) -> None:
    token = issuer.token(sub="declaration-system", client_id="declaration-system", roles=["sw-customs"])
    caller = await reader_of(issuer, store).read(head(token))
    assert caller is not None
    assert (caller.name, caller.is_person) == ("customs:declaration-system", False)


async def test_access_tokens_are_taken_of_issuers_with_an_audience_alone(issuer: PublishedKeys, store: Store) -> None:
    reader = reader_of(issuer, store, audience=None, client_id="gateway")
    assert await refusal(reader, issuer.token()) == TokenFault.ISSUER


async def test_whoever_ordered_something_is_known_to_every_replica(issuer: PublishedKeys, store: Store) -> None:
    caller = await reader_of(issuer, store).read(head(issuer.token()))
    assert caller is not None
    other = reader_of(issuer, store)
    assert await other.known(caller.name) == caller
    # What the issuer says last counts, and nobody is known of an issuer that is gone.
    await reader_of(issuer, store).read(head(issuer.token(roles=["sw-auditor"])))
    now_known = await other.known(caller.name)
    assert now_known is not None
    assert now_known.roles == {Role.AUDITOR}
    assert await reader_of(issuer, store, name="others").known(caller.name) is None


async def test_an_unknown_key_has_the_set_read_once_a_minute(issuer: PublishedKeys, store: Store) -> None:
    watch = Watch()
    reader = reader_of(issuer, store, watch)
    assert await reader.read(head(issuer.token())) is not None
    issuer.keys["new"] = KEYS["new"]
    assert await refusal(reader, issuer.token(key="new")) == TokenFault.KEY
    watch.s += UNKNOWN_KEY_S
    assert await reader.read(head(issuer.token(key="new"))) is not None
    del issuer.keys["new"]
    for kid in range(20):
        invented = jwt.encode({"alg": "ES256", "kid": f"{kid}", "typ": "at+jwt"}, issuer.claims(), KEYS["new"])
        assert await refusal(reader, invented) == TokenFault.KEY
    assert issuer.asked.count("/keys") == 2


async def test_keys_are_kept_while_the_issuer_is_away_and_a_withdrawn_one_goes(
    issuer: PublishedKeys, store: Store
) -> None:
    watch = Watch()
    reader = reader_of(issuer, store, watch)
    assert await reader.read(head(issuer.token())) is not None
    issuer.answers = lambda path: (503, {}, b"")
    watch.s += 7_200
    assert await reader.read(head(issuer.token())) is not None
    issuer.answers = None
    del issuer.keys["first"]
    watch.s += UNKNOWN_KEY_S
    withdrawn = jwt.encode({"alg": "ES256", "kid": "first", "typ": "at+jwt"}, issuer.claims(), KEYS["first"])
    assert await refusal(reader, withdrawn) == TokenFault.KEY


@pytest.mark.parametrize(
    "answer",
    [
        (503, {}, b""),
        (302, {"Location": "/elsewhere"}, b""),
        (200, {}, b"no json"),
        (200, {}, b"[]"),
        (200, {}, b"[" * 100_000),
        (200, {}, b"{" + b" " * MOST_BYTES + b"}"),
        (200, {"Content-Encoding": "gzip"}, b"{}"),
        (200, {}, b'{"issuer": "https://another.example", "jwks_uri": "https://another.example/keys"}'),
    ],
)
async def test_an_issuer_that_does_not_answer_as_one_leaves_it_open(
    issuer: PublishedKeys, store: Store, answer: tuple[int, dict[str, str], bytes]
) -> None:
    issuer.answers = lambda path: answer
    with pytest.raises(IssuerAway) as caught:
        await reader_of(issuer, store).read(head(issuer.token()))
    assert caught.value.status == 503
    assert "/elsewhere" not in issuer.asked


@pytest.mark.parametrize("url", ["http://10.0.0.1/keys", "file:///etc/passwd", 7, "https://u:p@x.example/"])
async def test_an_issuer_does_not_send_the_gateway_where_it_likes(
    issuer: PublishedKeys, store: Store, url: object
) -> None:
    issuer.also["jwks_uri"] = url
    with pytest.raises(IssuerAway):
        await reader_of(issuer, store).read(head(issuer.token()))


async def test_a_refused_token_names_its_reason_to_the_log_alone() -> None:
    error = TokenRefused(TokenFault.EXPIRED)
    assert error.reason == "expired"
    assert "expired" not in error.detail
