"""The endpoint of a simulated authority that gives OAuth2 tokens, client credentials, and the check of who shows one (RFC 6749, 6750)."""

from base64 import b64decode
from hmac import compare_digest
from secrets import token_urlsafe
from time import monotonic
from urllib.parse import parse_qs, unquote_plus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.simulation.records import as_json

LIFETIME_S = 300
"""Seconds that a token lives."""


class TokenEndpoint:
    """The tokens that an authority gave to the one client that it knows."""

    def __init__(self, client_id: str, client_secret: str) -> None:
        self._client = (client_id.encode(), client_secret.encode())
        self._tokens: dict[str, float] = {}

    def route(self, path: str) -> Route:
        """Return where tokens are given, the manifest's `auth.token_path`."""
        return Route(path, self._give, methods=["POST"])

    def refused(self, request: Request) -> Response | None:
        """Return the answer to a request that shows no token that lives; None: it shows one."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._tokens.get(token, 0.0) > monotonic():
            return None
        return _json({"error": "invalid_token"}, 401)

    async def _give(self, request: Request) -> Response:
        form = {key: values[0] for key, values in parse_qs((await request.body()).decode("ascii", "replace")).items()}
        if form.get("grant_type") != "client_credentials":
            return _json({"error": "unsupported_grant_type"}, 400)
        client, secret = (one.encode() for one in _credentials(request, form))
        if not compare_digest(client, self._client[0]) & compare_digest(secret, self._client[1]):
            return _json({"error": "invalid_client"}, 401)
        now = monotonic()
        self._tokens = {token: until for token, until in self._tokens.items() if until > now}
        token = token_urlsafe(24)
        self._tokens[token] = now + LIFETIME_S
        return _json({"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME_S})


def _credentials(request: Request, form: dict[str, str]) -> tuple[str, str]:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        client, _, secret = b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return unquote_plus(client), unquote_plus(secret)


def _json(value: dict[str, object], status: int = 200) -> Response:
    return Response(as_json(value), status_code=status, media_type="application/json")
