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

from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, Key, KeySet, OctKey, RSAKey

from gateway.settings import Issuer, Role, Security

AUDIENCE = "https://window.example"
CLIENT = "the gateway"
NOW = 1_800_000_000
OFFICER = {"sub": "an officer", "roles": ["sw-officer"]}


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

    def answer(self, path: str) -> tuple[int, Mapping[str, str], bytes]:
        """What it answers to a call."""
        self.asked.append(path)
        if self.answers is not None:
            return self.answers(path)
        if path == "/keys":
            published: Any = KeySet(list(self.keys.values())).as_dict(private=False)
        else:
            published = {"issuer": self.url, "jwks_uri": f"{self.url}/keys", **self.also}
        return 200, {"Content-Type": "application/json"}, json.dumps(published).encode()

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
        def do_GET(self) -> None:
            status, headers, body = issuer.answer(self.path)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

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
