"""How the gateway identifies itself: one token for all, renewed once, shown to nobody."""

import asyncio
import json
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.contract import Auth, MovementKind
from gateway.dispatch import LoadedAdapter, load_adapters
from gateway.dispatch.auth import EARLY_S
from gateway.domain.verification import DocumentStatus
from gateway.settings.adapters import AdapterConfig
from tests.builders.certificates import self_signed
from tests.builders.processes import ran
from tests.builders.programs import program
from tests.dispatch.server import (
    AT_ONCE,
    ONCE,
    Script,
    Seen,
    about,
    always,
    dispatching,
    good,
    http,
    loaded,
    order,
    receipt,
    valid,
    wire,
)

OAUTH = Auth(kinds=("oauth2_client_credentials",), token_path="/oauth2/token", scope="read all")
CLIENT = {"client_id": "customs:1", "client_secret": "s3cret&more"}


class Register:
    """An authority that wants a token; `life_s`, what it answers and which tokens it still takes are a test's to say."""

    def __init__(self, life_s: Any = 3600) -> None:
        self.life_s = life_s
        self.tokens: list[str] = []
        self.taken: set[str] = set()
        self.answer: bytes | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, seen: Seen, writer: asyncio.StreamWriter) -> None:
        if seen.target == "/oauth2/token":
            await self.gate.wait()
            token = f"token-{len(self.tokens) + 1}-{'x' * 20}"
            self.tokens.append(token)
            self.taken.add(token)
            answer = {"access_token": token, "token_type": "Bearer", "expires_in": self.life_s}
            writer.write(self.answer or http(answer))
        elif seen.headers.get("authorization", "").removeprefix("Bearer ") in self.taken:
            # It says back what it was told, as careless systems do.
            answer = {"number": seen.number, "status": "VALID", "you": seen.headers["authorization"]}
            writer.write(http(answer))
        else:
            writer.write(http(b"", 401))


def with_oauth(url: str, **limits: Any) -> LoadedAdapter:
    return loaded(url, auth=OAUTH, auth_secrets=CLIENT, position=False, **limits)


async def test_a_token_is_asked_for_as_the_standard_says_and_once_for_all() -> None:
    register = Register()
    register.gate.clear()
    async with wire(register) as server, dispatching(with_oauth(server.url)) as dispatcher:
        asking = [asyncio.create_task(dispatcher.ask(about(f"A/{n}"))) for n in range(8)]
        await asyncio.sleep(0)
        register.gate.set()
        asked = [*(await asyncio.gather(*asking)), await dispatcher.ask(about("A/9"))]
    assert {one.verification.status for one in asked} == {DocumentStatus.VALID}
    assert len(register.tokens) == 1
    (seen,) = [seen for seen in server.seen if seen.target == "/oauth2/token"]
    assert seen.method == "POST"
    assert seen.headers["authorization"] == "Basic " + b64encode(b"customs%3A1:s3cret%26more").decode()
    assert seen.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(seen.body.decode()) == {"grant_type": ["client_credentials"], "scope": ["read all"]}
    kept = b"".join(item.body for one in asked for item in one.evidence)
    assert b"A%2F1" in kept
    for secret in (*register.tokens, *CLIENT.values()):
        assert secret.encode() not in kept


async def test_tokens_are_given_by_another_host_and_asked_for_nowhere_else() -> None:
    register, issuer = Register(), Register()
    register.taken = issuer.taken
    async with wire(register) as server, wire(at("/realms/customs/token/", issuer)) as other:
        url = f"{other.url}/realms/customs/token/"
        adapter = replace(with_oauth(f"{server.url}/api"), token_url=url)
        async with dispatching(adapter) as dispatcher:
            asked = [await dispatcher.ask(about(f"A/{n}")) for n in range(2)]
            issuer.taken.clear()
            asked.append(await dispatcher.ask(about("A/2")))
    assert {one.verification.status for one in asked} == {DocumentStatus.VALID}
    assert [seen.target for seen in other.seen] == ["/realms/customs/token/"] * 2
    assert {seen.headers["authorization"] for seen in other.seen} == {
        "Basic " + b64encode(b"customs%3A1:s3cret%26more").decode()
    }
    # The authority sees its tokens, and neither the client nor its secret.
    told = [seen.headers["authorization"].removeprefix("Bearer ") for seen in server.seen]
    assert told == [issuer.tokens[0]] * 3 + [issuer.tokens[1]]
    assert {seen.target.partition("?")[0] for seen in server.seen} == {"/api/documents"}
    assert (server.open, other.open) == (set(), set()), "both are hung up on at the end"
    kept = b"".join(item.body for one in asked for item in one.evidence)
    assert not any(secret.encode() in kept for secret in (*issuer.tokens, *CLIENT.values()))


async def test_where_no_token_is_given_the_authority_is_not_asked() -> None:
    register = Register()
    async with wire(register) as server, wire(always(http(b"", 503))) as other:
        adapter = replace(with_oauth(server.url), token_url=f"{other.url}/token")
        async with dispatching(adapter, policy=ONCE) as dispatcher:
            found = (await dispatcher.ask(about())).verification
            moved = await dispatcher.move("toy", MovementKind.RESERVE, order())
    assert (found.status, found.cause) == (DocumentStatus.UNDETERMINED, "SW-ADP-01")
    assert (moved.cause, moved.sent, server.connections) == ("SW-ADP-01", False, 0)


def at(target: str, issuer: Register) -> Script:
    """An issuer of tokens at a place of its own."""

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        assert seen.target == target
        await issuer(replace(seen, target="/oauth2/token"), writer)

    return script


async def test_a_token_is_renewed_before_it_ends() -> None:
    # A life so short that a fifth of it, and all of it, is over before the next question.
    register = Register(life_s=1e-6)
    async with wire(register) as server, dispatching(with_oauth(server.url)) as dispatcher:
        for count in range(1, 4):
            assert (await dispatcher.ask(about())).verification.status is DocumentStatus.VALID
            assert len(register.tokens) == count


async def test_a_renewal_that_fails_leaves_the_token_that_still_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    register = Register(life_s=10_000)
    loop = asyncio.get_running_loop()
    of_before = loop.time
    async with wire(register) as server, dispatching(with_oauth(server.url)) as dispatcher:
        await dispatcher.ask(about())
        register.answer = http(b"", 503)
        monkeypatch.setattr(loop, "time", lambda: of_before() + 10_000 - EARLY_S / 2)
        assert (await dispatcher.ask(about())).verification.status is DocumentStatus.VALID
        assert sum(seen.target == "/oauth2/token" for seen in server.seen) == 2, "another one was asked for"
        monkeypatch.setattr(loop, "time", lambda: of_before() + 10_000)
        assert (await dispatcher.ask(about())).verification.cause == "SW-ADP-01"


async def test_a_token_that_is_not_taken_any_more_is_renewed_once_for_all() -> None:
    register = Register()
    async with wire(register) as server, dispatching(with_oauth(server.url)) as dispatcher:
        await dispatcher.ask(about())
        register.taken.clear()
        asked = await asyncio.gather(*(dispatcher.ask(about(f"A/{n}")) for n in range(8)))
    assert {one.verification.status for one in asked} == {DocumentStatus.VALID}
    assert {one.verification.attempts for one in asked} == {1}
    assert len(register.tokens) == 2


async def test_a_second_401_is_for_a_person_to_look_at() -> None:
    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        await register(seen, writer)
        register.taken.clear()

    register = Register()
    async with wire(script) as server, dispatching(with_oauth(server.url)) as dispatcher:
        found = (await dispatcher.ask(about())).verification
    assert (found.status, found.cause, found.attempts) == (DocumentStatus.UNDETERMINED, "SW-ADP-02", 1)
    assert [seen.target.partition("?")[0] for seen in server.seen] == ["/oauth2/token", "/documents"] * 2


async def test_a_movement_goes_out_again_only_after_a_401_and_with_the_same_key() -> None:
    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        if seen.method != "PUT" or seen.headers["authorization"].removeprefix("Bearer ") not in register.taken:
            await register(seen, writer)
        elif dropping:
            writer.close()
        else:
            writer.write(receipt(seen.number))

    register, dropping = Register(), False
    async with wire(script) as server, dispatching(with_oauth(server.url)) as dispatcher:
        await dispatcher.ask(about())
        for dropping in (False, True):
            register.taken.clear()
            before = len(server.seen)
            moved = await dispatcher.move("toy", MovementKind.RESERVE, order())
            seen = [seen for seen in server.seen[before:] if seen.target != "/oauth2/token"]
            assert [one.headers["idempotency-key"] for one in seen] == [order().key] * 2
            assert len(moved.message_ids) == 1
            assert moved.cause == ("SW-ADP-01" if dropping else None)
            assert (moved.receipt is None, moved.sent) == (dropping, True)
    assert len(register.tokens) == 3


async def test_a_movement_is_not_sent_again_after_a_401_to_what_cannot_be_renewed() -> None:
    auth, secrets = Auth(kinds=("basic",)), {"username": "customs", "password": "p-12345678"}
    async with wire(always(http(b"", 401))) as server:
        adapter = loaded(server.url, auth=auth, auth_secrets=secrets)
        async with dispatching(adapter) as dispatcher:
            moved = await dispatcher.move("toy", MovementKind.RESERVE, order())
    assert (moved.receipt, moved.cause, moved.sent, len(server.seen)) == (None, "SW-ADP-02", True, 1)


async def test_without_a_token_no_movement_is_sent() -> None:
    register = Register()
    register.answer = http(b"", 503)
    async with wire(register) as server, dispatching(with_oauth(server.url)) as dispatcher:
        moved = await dispatcher.move("toy", MovementKind.RESERVE, order())
    assert (moved.receipt, moved.cause, moved.sent) == (None, "SW-ADP-01", False)
    assert [seen.target for seen in server.seen] == ["/oauth2/token"]


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (http({"error": "invalid_client"}, 400), "SW-ADP-02"),
        (http({"error": "invalid_client"}, 401), "SW-ADP-02"),
        (http(b"", 503), "SW-ADP-01"),
        (http(b"<html>"), "SW-ADP-04"),
        (http(b"null"), "SW-ADP-04"),
        (http(b"[]"), "SW-ADP-04"),
        (http({"token_type": "Bearer"}), "SW-ADP-04"),
        (http({"access_token": "", "token_type": "Bearer"}), "SW-ADP-04"),
        (http({"access_token": "a\r\nX: y", "token_type": "Bearer"}), "SW-ADP-04"),
        (http({"access_token": 7, "token_type": "Bearer"}), "SW-ADP-04"),
        (http({"access_token": "abc", "token_type": "mac"}), "SW-ADP-04"),
        (http({"access_token": "abc", "token_type": "Bearer", "expires_in": "soon"}), "SW-ADP-04"),
        (http({"access_token": "abc", "token_type": "Bearer", "expires_in": -1}), "SW-ADP-04"),
        (http(b'{"access_token": "abc", "token_type": "Bearer", "expires_in": NaN}'), "SW-ADP-04"),
    ],
)
async def test_without_a_token_nothing_is_asked(answer: bytes, cause: str) -> None:
    register = Register()
    register.answer = answer
    async with wire(register) as server, dispatching(with_oauth(server.url), policy=ONCE) as dispatcher:
        found = (await dispatcher.ask(about())).verification
    assert (found.status, found.cause) == (DocumentStatus.UNDETERMINED, cause)
    assert {seen.target for seen in server.seen} == {"/oauth2/token"}


async def test_a_life_beyond_all_numbers_is_cut() -> None:
    register = Register(life_s=10**400)
    async with wire(register) as server, dispatching(with_oauth(server.url)) as dispatcher:
        assert (await dispatcher.ask(about())).verification.status is DocumentStatus.VALID


async def test_whoever_gives_up_does_not_take_the_token_from_the_others() -> None:
    register = Register()
    register.gate.clear()
    async with wire(register) as server, dispatching(with_oauth(server.url)) as dispatcher:
        one, other = (asyncio.create_task(dispatcher.ask(about(number))) for number in ("A/1", "A/2"))
        await asyncio.sleep(0)
        one.cancel()
        with pytest.raises(asyncio.CancelledError):
            await one
        register.gate.set()
        assert (await other).verification.status is DocumentStatus.VALID
    assert len(register.tokens) == 1


@pytest.mark.parametrize(
    ("auth", "secrets", "header", "value"),
    [
        (Auth(kinds=("header",), header="X-Own-Key"), {"header_value": "k-12345678"}, "x-own-key", "k-12345678"),
        (
            Auth(kinds=("basic",)),
            {"username": "customs", "password": "p-12345678"},
            "authorization",
            "Basic " + b64encode(b"customs:p-12345678").decode(),
        ),
    ],
)
async def test_fixed_credentials_go_with_every_request_and_into_no_evidence(
    auth: Auth, secrets: dict[str, str], header: str, value: str
) -> None:
    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(http({"number": seen.number, "status": "VALID", "you": seen.headers[header]}))

    adapter = loaded("", auth=auth, auth_secrets=secrets)
    async with wire(script) as server:
        adapter = loaded(server.url, auth=auth, auth_secrets=secrets)
        async with dispatching(adapter) as dispatcher:
            asked = await dispatcher.ask(about())
    assert asked.verification.status is DocumentStatus.VALID
    assert [seen.headers[header] for seen in server.seen] == [value]
    kept = b"".join(item.body for item in asked.evidence)
    assert value.encode() not in kept
    assert value.removeprefix("Basic ").encode() not in kept


async def test_several_kinds_go_together() -> None:
    auth = Auth(kinds=("header", "oauth2_client_credentials"), header="X-Own-Key", token_path="/oauth2/token")
    register = Register()
    async with wire(register) as server:
        adapter = loaded(server.url, auth=auth, auth_secrets={**CLIENT, "header_value": "k-12345678"})
        async with dispatching(adapter) as dispatcher:
            assert (await dispatcher.ask(about())).verification.status is DocumentStatus.VALID
    asked = server.seen[-1].headers
    assert (asked["x-own-key"], asked["authorization"]) == ("k-12345678", f"Bearer {register.tokens[0]}")


def by_openssl(folder: Path, name: str, *hosts: str) -> None:
    """Makes a key and a certificate in one PEM file, and the certificate alone in another, as an operator does."""
    file = folder / f"{name}.pem"
    extra = ["-addext", f"subjectAltName={','.join(hosts)}"] if hosts else []
    command = [
        program("openssl"),
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    command += ["-keyout", str(file), "-out", str(folder / f"{name}.crt"), "-days", "2", "-subj", f"/CN={name}", *extra]
    ran(command, check=True)
    file.write_bytes(file.read_bytes() + (folder / f"{name}.crt").read_bytes())


def by_library(folder: Path, name: str, *hosts: str) -> None:
    """Makes the same without a program of the system."""
    key = generate_private_key(SECP256R1())
    made = self_signed(key, name, *hosts).public_bytes(Encoding.PEM)
    (folder / f"{name}.crt").write_bytes(made)
    (folder / f"{name}.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made)


@pytest.fixture(scope="module", params=[by_library, pytest.param(by_openssl, marks=pytest.mark.needs("openssl"))])
def keys(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    request.param(folder, "authority", "DNS:localhost", "IP:127.0.0.1")
    request.param(folder, "gateway")
    return folder


@asynccontextmanager
async def mutual(keys: Path) -> AsyncIterator[str]:
    """An authority that shows a certificate of its own, and answers whoever shows the gateway's; gives its address."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(keys / "gateway.crt"))
    context.load_cert_chain(keys / "authority.pem")
    context.verify_mode = ssl.CERT_REQUIRED

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(valid("A/1"))
            await writer.drain()
            await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()


def identified(url: str, ca: Path | None, client: Path | None) -> dict[str, LoadedAdapter]:
    """An adapter as it is configured with these files, which are read now."""
    config = AdapterConfig(
        name="toy",
        package="tests.dispatch.authority",
        base_url=url,
        values={"account": "x"},
        secrets={"signing_key": "env:KEY"},
        ca_file=None if ca is None else str(ca),
        client_certificate=None if client is None else str(client),
    )
    return load_adapters([config], allow_draft=True, environment={"KEY": "k"})


@pytest.mark.parametrize(
    ("ca", "client", "status"),
    [
        ("authority.crt", "gateway.pem", DocumentStatus.VALID),
        ("authority.crt", None, DocumentStatus.UNDETERMINED),
        ("authority.crt", "authority.pem", DocumentStatus.UNDETERMINED),
        ("gateway.crt", "gateway.pem", DocumentStatus.UNDETERMINED),
        (None, "gateway.pem", DocumentStatus.UNDETERMINED),
    ],
    ids=["right", "no certificate of ours", "a wrong one of ours", "a wrong one of theirs", "an unknown one of theirs"],
)
async def test_both_sides_show_their_certificates(
    keys: Path, ca: str | None, client: str | None, status: DocumentStatus
) -> None:
    files = [None if name is None else keys / name for name in (ca, client)]
    async with mutual(keys) as url, dispatching(*identified(url, *files).values(), policy=ONCE) as dispatcher:
        found = (await dispatcher.ask(about())).verification
    assert found.status is status
    if status is DocumentStatus.UNDETERMINED:
        assert found.cause == "SW-ADP-01"


async def test_certificates_that_were_replaced_are_shown_from_the_next_call_on(keys: Path, tmp_path: Path) -> None:
    ca, client = tmp_path / "ca.crt", tmp_path / "ours.pem"
    ca.write_bytes((keys / "authority.crt").read_bytes())
    client.write_bytes((keys / "authority.pem").read_bytes())
    async with mutual(keys) as url, dispatching(*identified(url, ca, client).values(), policy=ONCE) as dispatcher:
        assert (await dispatcher.ask(about())).verification.status is DocumentStatus.UNDETERMINED
        client.write_bytes((keys / "gateway.pem").read_bytes())
        dispatcher.renew(identified(url, ca, client))
        assert (await dispatcher.ask(about())).verification.status is DocumentStatus.VALID
        ca.write_bytes((keys / "gateway.crt").read_bytes())
        dispatcher.renew(identified(url, ca, client))
        assert (await dispatcher.ask(about())).verification.status is DocumentStatus.UNDETERMINED


async def test_a_token_is_no_json_of_the_adapters(capsys: pytest.CaptureFixture[str]) -> None:
    register = Register()
    register.answer = http({"error": "nope", "secret": CLIENT["client_secret"]}, 401)
    async with wire(register) as server, dispatching(with_oauth(server.url), policy=AT_ONCE) as dispatcher:
        asked = await dispatcher.ask(about())
    printed = capsys.readouterr()
    assert "SW-ADP-02" in printed.out + printed.err
    assert CLIENT["client_secret"] not in printed.out + printed.err
    assert CLIENT["client_secret"] not in json.dumps([item.body.decode() for item in asked.evidence])


async def test_an_authority_without_authentication_gets_none() -> None:
    async with wire(good) as server, dispatching(loaded(server.url)) as dispatcher:
        await dispatcher.ask(about())
    assert "authorization" not in server.seen[0].headers
