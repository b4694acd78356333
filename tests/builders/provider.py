"""An OpenID provider that others made (`oidc-provider-mock`), as a process of its own."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.builders.processes import PATIENCE_S, started
from tests.builders.running import until


@contextmanager
def provider() -> Iterator[str]:
    """Runs it on a free port until the context ends; gives its address, which is its issuer's name."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "oidc_provider_mock", f"--port={port}", "--host=127.0.0.1"]
    with started(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        until(lambda: _answers(url), "the provider answers")
        yield url


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/jwks", timeout=PATIENCE_S, trust_env=False).is_success
    except httpx.TransportError:
        return False
