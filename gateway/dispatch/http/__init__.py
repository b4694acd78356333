"""HTTP/1.1 as it is spoken to authorities, and to receivers of webhooks: one request, one complete answer, on connections that are never trusted twice."""

from gateway.dispatch.http.call import HttpAnswer, HttpCall, MaySend, Withheld
from gateway.dispatch.http.plain_client import PlainClient

__all__ = ["HttpAnswer", "HttpCall", "MaySend", "PlainClient", "Withheld"]
