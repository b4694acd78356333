"""haproxy by the delivered configuration, before two gateways of a test's own."""

import os
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.builders.certificates import certificate, signing_key
from tests.builders.places import ROOT
from tests.builders.processes import started
from tests.builders.programs import program
from tests.builders.running import until

CONFIGURATION = ROOT / "deploy/haproxy/haproxy.cfg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Balancer:
    """A running haproxy."""

    url: str
    trusted: ssl.SSLContext
    log: Path
    """What it says."""

    def client(self) -> httpx.Client:
        """A client that trusts it, and keeps its connection."""
        return httpx.Client(base_url=self.url, verify=self.trusted, trust_env=False, timeout=120)


def certified(file: Path) -> ssl.SSLContext:
    """Writes a certificate for this machine with its key, as haproxy takes them; gives who trusts it."""
    made = certificate("CN=localhost", issuer="CN=localhost", hosts=("localhost",)).public_bytes(Encoding.PEM)
    key = signing_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(made + key)
    return ssl.create_default_context(cadata=made.decode())


@contextmanager
def balanced(port: int, *gateways: int, folder: Path) -> Iterator[Balancer]:
    """Runs haproxy on a port before gateways on two others until the context ends; it answers once one of them is ready."""
    trusted = certified(folder / "gateway.pem")
    one, two = (f"127.0.0.1:{gateway}" for gateway in gateways)
    environment = {
        **os.environ, "REPLICA_ONE": one, "REPLICA_TWO": two, "LISTEN": f"127.0.0.1:{port}",
        "CERTIFICATE": str(folder / "gateway.pem"), "ADMIN": str(folder / "admin.sock"),
    }  # fmt: skip
    with (folder / "haproxy.log").open("wb") as log:
        command = [program("haproxy"), "-db", "-f", str(CONFIGURATION)]
        with started(command, env=environment, stdout=log, stderr=subprocess.STDOUT) as process:
            made = Balancer(url=f"https://localhost:{port}", trusted=trusted, log=folder / "haproxy.log")

            def answers() -> bool:
                assert process.poll() is None, (folder / "haproxy.log").read_text()
                try:
                    with made.client() as client:
                        return client.get("/readyz").status_code == httpx.codes.OK
                except httpx.TransportError:
                    return False

            until(answers, "an answer through haproxy")
            yield made
            process.terminate()
            process.wait()
