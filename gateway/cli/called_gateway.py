"""The gateway that a command calls: its address and the key for it, as options, of the environment or of the configuration."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

URL_VARIABLE = "GATEWAY_URL"
_HOST, _PORT = "127.0.0.1", 8080
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Where one that listens on all addresses is reached on this machine."""


def called_url(named: str | None) -> str:
    """Return the address of the gateway to call: the one that is named, else what this machine says."""
    return named or own_url(os.environ)


def own_url(environment: Mapping[str, str]) -> str:
    """Return the gateway's address that `GATEWAY_URL` says, else where the configuration has it listen on this machine."""
    if url := environment.get(URL_VARIABLE):
        return url
    written = _written(environment)
    host = str(environment.get("GATEWAY_HOST") or written.get("host", _HOST))
    host = _EVERYWHERE.get(host, host)
    return (
        f"http://{f'[{host}]' if ':' in host else host}:{environment.get('GATEWAY_PORT') or written.get('port', _PORT)}"
    )


def _written(environment: Mapping[str, str]) -> Mapping[str, Any]:
    """Return what the file of settings says; whoever only calls a gateway needs none, and is not told of its faults."""
    if not (folder := environment.get("GATEWAY_CONFIG")):
        return {}
    import tomllib

    try:
        return tomllib.loads((Path(folder) / "gateway.toml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
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
