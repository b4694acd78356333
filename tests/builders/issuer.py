"""An issuer of tokens: a real HTTP server that publishes keys, and the keys that it signs with."""

import json
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, Key, KeySet, OctKey, RSAKey

from gateway.settings import Issuer, Role, Security

AUDIENCE = "https://window.example"
CLIENT = "the gateway"
NOW = 1_800_000_000
_ENDPOINTS = {
    "jwks_uri": "keys", "authorization_endpoint": "authorize", "token_endpoint": "token", "end_session_endpoint": "end",
}  # fmt: skip
OFFICER = {"sub": "an officer", "roles": ["sw-officer"], "offices": ["*"]}


@dataclass(slots=True)
class PublishedKeys:
    """What an issuer publishes, and how often it was asked; it can be made to answer otherwise."""

    url: str
    keys: dict[str, Key] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    also: dict[str, Any] = field(default_factory=dict)
    """Members of what it publishes of itself that are otherwise."""
    answers: Callable[[str], tuple[int, Mapping[str, str], bytes]] | None = None
    """What it answers instead, by path."""
    person: dict[str, Any] = field(default_factory=lambda: dict(OFFICER))
    """Who signs in: what its ID tokens say."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    """The codes that were not used yet, each with what was asked for."""

    def answer(self, path: str, body: bytes = b"") -> tuple[int, Mapping[str, str], bytes]:
        """What it answers to a call."""
        at, _, query = path.partition("?")
        self.asked.append(at)
        if self.answers is not None:
            return self.answers(at)
        if at == "/authorize":
            return self._code(dict(parse_qsl(query)))
        if at == "/token":
            return self._tokens(dict(parse_qsl(body.decode())))
        if at == "/end":
            asked = dict(parse_qsl(query))
            return 302, {"Location": f"{asked['post_logout_redirect_uri']}?state={asked['state']}"}, b""
        if at == "/keys":
            published: Any = KeySet(list(self.keys.values())).as_dict(private=False)
        else:
            ends = {name: f"{self.url}/{at}" for name, at in _ENDPOINTS.items()}
            published = {"issuer": self.url, **ends, **self.also}
        return 200, {"Content-Type": "application/json"}, json.dumps(published).encode()

    def _code(self, asked: dict[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        assert asked["code_challenge_method"] == "S256"
        code = f"code {len(self.asked)}"
        self.codes[code] = asked
        answer = urlencode({"code": code, "state": asked["state"], "iss": self.url})
        return 302, {"Location": f"{asked['redirect_uri']}?{answer}"}, b""

    def _tokens(self, sent: dict[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        """Tokens for a code, once, for who can prove that they asked for it (RFC 7636)."""
        asked = self.codes.pop(sent.get("code", ""), None)
        good = (
            asked is not None
            and create_s256_code_challenge(sent.get("code_verifier", "")) == asked["code_challenge"]
            and sent.get("redirect_uri") == asked["redirect_uri"]
        )
        if asked is None or not good:
            return 400, {}, b'{"error": "invalid_grant"}'
        said = {"aud": CLIENT, "iat": now(), "exp": now() + 300, "nonce": asked["nonce"], **self.person}
        id_token = self.token(typ="JWT", client_id=None, jti=None, **said)
        tokens = {"access_token": "opaque", "token_type": "Bearer", "id_token": id_token}
        return 200, {"Content-Type": "application/json"}, json.dumps(tokens).encode()

    def token(self, *, key: str = "first", typ: str | None = "at+jwt", **claims: Any) -> str:
        """An access token of an officer, signed with a key; claims that are None are left out."""
        signing = self.keys[key]
        header = {"alg": "ES256" if isinstance(signing, ECKey) else "RS256", "kid": signing.kid}
        if typ is not None:
            header["typ"] = typ
        return jwt.encode(header, self.claims(**claims), signing, default_type=None)

    def claims(self, **claims: Any) -> dict[str, Any]:
        """The claims of a good access token, with others instead."""
        good = {
            "iss": self.url, "aud": AUDIENCE, "client_id": "a console", "iat": NOW, "exp": NOW + 300, "jti": "1",
            **OFFICER, **claims,
        }  # fmt: skip
        return {name: value for name, value in good.items() if value is not None}

    def issuer(self, **settings: Any) -> Issuer:
        """The settings by which its tokens are taken."""
        given = {
            "name": "customs", "title": "Customs sign-in", "url": self.url, "audience": AUDIENCE, "contact": "the desk",
            "roles": {f"sw-{role.value}": role.value for role in Role if role is not Role.AUTHORITY},
            **settings,
        }  # fmt: skip
        return Issuer.model_validate(given)

    def security(self, **settings: Any) -> Security:
        """The security settings with this issuer alone."""
        return Security(issuers=(self.issuer(**settings),))


KEYS: Mapping[str, Key] = {
    "first": ECKey.generate_key("P-256", {"kid": "first", "use": "sig"}),
    "rsa": RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"}),
    "new": ECKey.generate_key("P-256", {"kid": "new", "use": "sig"}),
}
with warnings.catch_warnings():
    warnings.simplefilter("ignore", SecurityWarning)
    SHORT = RSAKey.generate_key(1024, {"kid": "short"})
SHARED = OctKey.generate_key(256, {"kid": "shared"})


@contextmanager
def publishing() -> Iterator[PublishedKeys]:
    """Runs an issuer until the context ends."""

    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = (
            True  # head and body go in two writes: the second would wait for the first to be acknowledged
        )

        def do_GET(self) -> None:
            self._answer(b"")

        def _answer(self, sent: bytes) -> None:
            status, headers, body = issuer.answer(self.path, sent)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])))

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = PublishedKeys(
        f"http://127.0.0.1:{server.server_port}", keys={name: KEYS[name] for name in ("first", "rsa")}
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def now() -> int:
    """The time, for tokens that a gateway holds against its own clock."""
    return int(time.time())
