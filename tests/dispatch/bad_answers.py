"""Answers that are none, byte by byte, and what each is taken for."""

import gzip

from tests.dispatch.server import http, valid

UNAVAILABLE, ACCESS, REJECTED, UNEXPECTED = (f"SW-ADP-0{n}" for n in (1, 2, 3, 4))
GOOD = valid("A/1")
BODY = GOOD.partition(b"\r\n\r\n")[2]
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
ANSWERS = {
    "nothing at all": (b"", UNAVAILABLE),
    "half a status line": (b"HTTP/1.1 2", UNAVAILABLE),
    "half a head": (b"HTTP/1.1 200 OK\r\nContent-Le", UNAVAILABLE),
    "half a body": (GOOD[:-5], UNAVAILABLE),
    "half a chunked body": (CHUNKED + b"%x\r\n" % len(BODY) + BODY[:7], UNAVAILABLE),
    "a chunked body without its end": (CHUNKED + b"%x\r\n%b\r\n" % (len(BODY), BODY), UNAVAILABLE),
    "a body that states no length": (b"HTTP/1.1 200 OK\r\n\r\n" + BODY, UNEXPECTED),
    "a body that states two lengths": (http(BODY, headers=f"Content-Length: {len(BODY)}\r\n"), UNEXPECTED),
    "an empty body": (http(b""), UNEXPECTED),
    "null": (http(b"null"), UNEXPECTED),
    "HTML": (http(b"<html>down for maintenance</html>", headers="Content-Type: text/html\r\n"), UNEXPECTED),
    "an unknown status code": (http({"number": "A/1", "status": "BLUE"}), UNEXPECTED),
    "another document": (http({"number": "A/2", "status": "VALID"}), UNEXPECTED),
    "a packed body": (http(gzip.compress(BODY), headers="Content-Encoding: gzip\r\n"), UNEXPECTED),
    "a packed body that does not say so": (http(gzip.compress(BODY)), UNEXPECTED),
    "a plain body that says it is packed": (http(BODY, headers="Content-Encoding: br\r\n"), UNEXPECTED),
    "a body for a request that has none": (http({}, 204), UNEXPECTED),
    "garbage": (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", UNEXPECTED),
    "another protocol": (b"220 smtp.toy.example ESMTP\r\n\r\n", UNEXPECTED),
    "a status that is no number": (GOOD.replace(b"200", b"2oo"), UNEXPECTED),
    "a length that is no number": (GOOD.replace(b"Length: ", b"Length: x"), UNEXPECTED),
    "a header without end": (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, UNEXPECTED),
    "ten thousand headers": (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10_000 + b"\r\n", UNEXPECTED),
}

STATUSES = {
    **dict.fromkeys((201, 202, 206, 299, 301, 302, 303, 307, 308, 304, 600), UNEXPECTED),
    **dict.fromkeys((401, 403), ACCESS),
    **dict.fromkeys((408, 425, 429, 500, 502, 503, 504, 599), UNAVAILABLE),
    **dict.fromkeys((400, 402, 405, 409, 410, 422, 451, 499), REJECTED),
}
