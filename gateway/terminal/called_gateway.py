"""The gateway that a command calls: its address and the key for it, as options, of the environment or of the configuration."""

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

URL_VARIABLE = "GATEWAY_URL"
_READ = (
    URL_VARIABLE, "GATEWAY_API_KEY", "GATEWAY_CONFIG", "GATEWAY_HOST", "GATEWAY_PORT", "GATEWAY_METRICS_HOST", "GATEWAY_METRICS_PORT",
)  # fmt: skip
_HOST, _PORT = "127.0.0.1", 8080
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Where one that listens on all addresses is reached on this machine."""


def called_url(named: str | None) -> str:
    """Return the address of the gateway to call: the one that is named, else what this machine says."""
    for name, near in _misspelt(os.environ):
        print(f"{name} is not read; did you mean {near}?", file=sys.stderr)
    return named or own_url(os.environ)


def _misspelt(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Find variables that are called nearly as one that is read here: the settings refuse such, but are not read here."""
    from difflib import get_close_matches

    for name in sorted(environment):
        if name.startswith("GATEWAY_") and name not in _READ and (near := get_close_matches(name, _READ, 1, 0.85)):
            yield name, near[0]


def own_url(environment: Mapping[str, str]) -> str:
    """Return the gateway's address that `GATEWAY_URL` says, else where the configuration has it listen on this machine."""
    if url := environment.get(URL_VARIABLE):
        return url
    written = _written(environment)
    host = str(environment.get("GATEWAY_HOST") or written.get("host", _HOST))
    return _address(host, environment.get("GATEWAY_PORT") or written.get("port", _PORT))


def metrics_url(environment: Mapping[str, str]) -> str | None:
    """Return the address of its own at which the configured gateway's figures are scraped; None: there is none, or it is any free one."""
    written = _written(environment)
    port = str(environment.get("GATEWAY_METRICS_PORT") or written.get("metrics_port", ""))
    if not port.isdecimal() or port == "0":
        return None
    host = str(environment.get("GATEWAY_METRICS_HOST") or written.get("metrics_host", _HOST))
    return f"{_address(host, port)}/metrics"


def _address(host: str, port: object) -> str:
    near = _EVERYWHERE.get(host, host)
    return f"http://{f'[{near}]' if ':' in near else near}:{port}"


def _written(environment: Mapping[str, str]) -> Mapping[str, Any]:
    """Return what the file of settings says; whoever only calls a gateway needs none, and is not told of its faults."""
    if not (folder := environment.get("GATEWAY_CONFIG")):
        return {}
    import tomli

    try:
        return tomli.loads((Path(folder) / "gateway.toml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomli.TOMLDecodeError):
        return {}


HERE = ""
Url = Annotated[
    str,
    typer.Option(
        callback=called_url,
        show_default=False,
        help=f"The gateway; without it what {URL_VARIABLE} says, else where the configuration has it listen.",
    ),
]
Key = Annotated[
    str | None,
    typer.Option("--api-key", metavar="WHERE", help="env:NAME or file:PATH; without it what GATEWAY_API_KEY holds."),
]
