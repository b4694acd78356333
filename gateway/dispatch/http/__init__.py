"""HTTP/1.1 as it is spoken to authorities: one request, one complete answer, on connections that are never trusted twice."""

from gateway.dispatch.http.call import ClientKind, HttpAnswer, HttpCall, HttpClient, MaySend, Withheld
from gateway.dispatch.http.plain_client import PlainClient

__all__ = ["ClientKind", "HttpAnswer", "HttpCall", "HttpClient", "MaySend", "PlainClient", "Withheld"]
