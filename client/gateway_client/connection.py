"""How both faces reach a gateway: address, credential, language, time limits."""

import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import httpx

from gateway_client.calls import Call

TIMEOUT_S = 30.0
PATIENCE_S = 60.0
_CONNECT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A gateway, and who calls it."""

    url: str
    key: str | None
    token: str | None
    language: str | None
    timeout: float
    patience: float
    tls: ssl.SSLContext | None
    proxy: str | None

    def __post_init__(self) -> None:
        """Make sure that it can be one.

        Raises:
            ValueError: the address is none, or there are two credentials.
        """
        if not self.url.startswith(("http://", "https://")):
            raise ValueError(f"{self.url!r} is no address of a gateway: https://...")
        if self.key is not None and self.token is not None:
            raise ValueError("a key or a token, not both")

    def client_options(self) -> dict[str, Any]:
        """Return what a client of httpx is made with; nothing is taken from the environment."""
        headers = {"accept": "application/json, application/problem+json"}
        if self.key is not None:
            headers["x-api-key"] = self.key.strip()
        if self.token is not None:
            headers["authorization"] = f"Bearer {self.token.strip()}"
        if self.language is not None:
            headers["accept-language"] = self.language
        verify = {} if self.tls is None else {"verify": self.tls}
        return {
            "base_url": self.url,
            "headers": headers,
            "limits": httpx.Limits(),
            "proxy": self.proxy,
            "trust_env": False,
            **verify,
        }

    def request_options(self, call: Call, *, silent_s: float | None = None) -> dict[str, Any]:
        """Return what a request is made with; `silent_s`: how long its answer may say nothing."""
        read_s = call.waits_s + self.timeout if silent_s is None else silent_s
        # httpx drops the query of an address as soon as there are parameters beside it, even none.
        path, _, query = call.path.partition("?")
        return {
            "method": call.method,
            "url": path,
            "params": [*parse_qsl(query, keep_blank_values=True), *call.params],
            "headers": dict(call.headers),
            "content": call.content,
            "timeout": httpx.Timeout(self.timeout, connect=min(self.timeout, _CONNECT_S), read=read_s),
        }
