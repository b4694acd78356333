"""Receivers of webhooks: real HTTPS servers with certificates by an authority of the tests' own."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

HOST = "localhost"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A request that came."""

    path: str
    headers: Mapping[str, str]
    """By their names in lower case."""
    body: str

    @property
    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def number(self) -> int:
        number: int = self.event["data"]["number"]
        return number


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a receiver answers; `body` in pieces, for as long as somebody reads."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    times: int = 1


Answering = Callable[[Received], Reply]


@dataclass(slots=True, kw_only=True)
class Receiver:
    """A running receiver."""

    port: int
    seen: list[Received] = field(default_factory=list)
    answer: Answering = lambda _: Reply()
    written: int = 0
    """Bytes of bodies that somebody took."""

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}/in"

    @property
    def numbers(self) -> list[int]:
        return [one.number for one in self.seen]


def _named(name: str) -> x509.Name:
    return x509.Name.from_rfc4514_string(f"CN={name}")


@cache
def _authority() -> tuple[EllipticCurvePrivateKey, x509.Certificate]:
    key = generate_private_key(SECP256R1())
    name, now = _named("Receivers"), datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 30 * DAY)
        .not_valid_after(now + 30 * DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(
                False,
                False,
                False,
                False,
                False,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(key, SHA256())
    )
    return key, made


def authority_file(folder: Path) -> Path:
    """The certificate of the authority, as a file."""
    file = folder / "receivers.pem"
    file.write_bytes(_authority()[1].public_bytes(Encoding.PEM))
    return file


def _context(folder: Path, *, until: datetime) -> ssl.SSLContext:
    authority, issuer = _authority()
    key = generate_private_key(SECP256R1())
    names = [x509.DNSName(HOST), x509.DNSName("receiver.example"), x509.IPAddress(ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(_named(HOST))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(until - 20 * DAY)
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False)
        .sign(authority, SHA256())
    )
    file = folder / f"{made.serial_number}.pem"
    file.write_bytes(
        made.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@contextmanager
def receiving(folder: Path, *, until: datetime | None = None, tls: bool = True) -> Iterator[Receiver]:
    """Runs a receiver until the context ends; its certificate is valid until tomorrow, unless it is said."""
    receiver = Receiver(port=0)

    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = (
            True  # head and body go in two writes: the second would wait for the first to be acknowledged
        )

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            body = self.rfile.read(length).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            received = Received(path=self.path, headers=headers, body=body)
            receiver.seen.append(received)
            reply = receiver.answer(received)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(reply.body) * reply.times))
            self.end_headers()
            for _ in range(reply.times):
                self.wfile.write(reply.body)
                receiver.written += len(reply.body)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Whoever hangs up, hangs up."""

        def finish_request(self, request: Any, client_address: Any) -> None:
            if tls:
                # In the thread of the connection: who never shakes hands keeps nobody else waiting.
                request = context.wrap_socket(request, server_side=True)
            try:
                super().finish_request(request, client_address)
            finally:
                request.close()

    context = _context(folder, until=until or datetime.now(UTC) + DAY)
    with Server(("127.0.0.1", 0), Handler) as server:
        receiver.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
