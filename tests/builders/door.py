"""The way into a gateway that asks its callers for keys, and what it is started with."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from gateway.access import key_hash
from gateway.settings import Role
from tests.builders.certificates import BROKER, ISSUER
from tests.builders.description import must_be_described
from tests.builders.running import Authorities, Served

OWN = "FR12345678901234"
"""Whose declarations the samples are, and the trader's own EORI."""
KEYS: Mapping[str, str] = {
    **{role.value: f"the key of a {role.value}" for role in Role},
    "stranger": "a stranger's key",
    **{party: f"the key of {party}" for party in ("importer", "direct", "indirect", "agent", "holder")},
    "colleague": "the key of another officer",
    "other hand": "the other key of the first officer",
    "console": "the key of a system that knows its officers",
    "officer here": "the key of an officer of the samples' office",
    "officer there": "the key of an officer of another office",
    "auditor there": "the key of an auditor of another office",
}
EORIS: Mapping[str, str] = {
    "trader": OWN,
    "stranger": "DE999999999999999",
    "importer": "FR20000000000001",
    "direct": "FR20000000000002",
    "indirect": "FR20000000000003",
    "agent": "FR20000000000004",
    "holder": "FR20000000000005",
}
"""Whose declarations each trader's key is for."""
OFFICES: Mapping[str, tuple[str, ...]] = {"officer here": ("FR001260", "FR000001"), "officer there": ("FR009999",)}
"""The customs offices of officers who do not see all of them."""
PROXY = "127.0.0.7"
"""The address of the proxy that passes client certificates on."""
FORWARDING = "127.0.0.8"
"""The address of one whose `X-Forwarded-For` says who is calling, and that passes on no certificates."""
PERSONS: Mapping[str, str] = {"officer": "Ann", "other hand": "Ann", "colleague": "Ben", "operator": "Oda"}
ANALYSTS = ("officer", "other hand", "colleague", "console")
"""The keys that publish packs of risk criteria, as far as they are persons'."""
BODY_LIMIT = 300_000
WCO_SCHEMA = "wco-dec/xsd/customs/wrapper_submit.xsd"
"""In the corpus: with it the foreign format is on."""
PREFLIGHTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """The way into a running gateway: one client per caller."""

    url: str
    clients: Mapping[str, httpx.Client]
    authorities: Authorities

    def __getitem__(self, caller: str) -> httpx.Client:
        return self.clients[caller]


def keyed(simulated: Authorities, database: str, *, without: str | None = None) -> dict[str, str]:
    """What a gateway in the mode `api-key` is started with; `without` one of its keys."""
    keys = [_key(role.value, role) for role in Role] + [
        *(_key(name, Role.TRADER) for name in EORIS if name != "trader"),
        _key("colleague", Role.OFFICER),
        _key("other hand", Role.OFFICER),
        {**_key("console", Role.OFFICER), "asserts_officers": True},
        *({**_key(name, Role.OFFICER), "offices": list(offices)} for name, offices in OFFICES.items()),
        {**_key("auditor there", Role.AUDITOR), "offices": ["FR009999"]},
    ]
    schema = Path(os.environ.get("GATEWAY_CORPUS", "")) / WCO_SCHEMA
    return {
        **simulated.environment,
        **({"GATEWAY_FORMATS__WCO_DEC__SCHEMA": str(schema)} if schema.is_file() else {}),
        "GATEWAY_DATABASE_URL": database,
        "GATEWAY_SECURITY__MODE": "api-key",
        "GATEWAY_SECURITY__KEYS": json.dumps([key for key in keys if key["name"] != without]),
        "GATEWAY_SECURITY__CERTIFICATE_PROXIES": json.dumps([PROXY]),
        "GATEWAY_SECURITY__TRUSTED_PROXIES": json.dumps([FORWARDING]),
        "GATEWAY_SECURITY__CERTIFICATES": json.dumps(
            [{"name": "broker", "role": "trader", "eoris": [OWN], "issuer": ISSUER, "subject": BROKER}]
        ),
        "GATEWAY_SECURITY__PREFLIGHTS_PER_MINUTE": str(PREFLIGHTS),
        "GATEWAY_LIMITS__BODY_BYTES": str(BODY_LIMIT),
        "GATEWAY_PROFILE": "gb",
    }


def sealing(folder: Path) -> Path:
    """A key file for packs of risk criteria, in an empty folder."""
    file = folder / "risk.keys"
    file.touch(mode=0o600)
    file.write_text("5e" * 32 + "\n", encoding="ascii")
    return file


@contextmanager
def opened(running: Served, simulated: Authorities) -> Iterator[Door]:
    """The way into a running gateway."""
    clients = {name: _client(running.url, key) for name, key in KEYS.items()}
    clients["nobody"] = _client(running.url, None)
    try:
        yield Door(url=running.url, clients=clients, authorities=simulated)
    finally:
        for client in clients.values():
            client.close()


def _key(name: str, role: Role) -> dict[str, object]:
    key: dict[str, object] = {"name": name, "hash": key_hash(KEYS[name]), "role": role.value}
    if name in PERSONS:
        key["person"] = PERSONS[name]
    if role is Role.TRADER:
        key["eoris"] = [EORIS[name]]
    if role is Role.AUTHORITY:
        key["authority"] = "traces"
    return key


def approve(door: Door, waiting: httpx.Response, by: str = "colleague", **more: object) -> httpx.Response:
    """Has a second officer approve what waits, once the first one was told where."""
    assert waiting.status_code == 202, waiting.text
    assert waiting.headers["location"] == waiting.json()["links"]["self"]
    said = {"approve": True, **more}
    answer = door[by].post(waiting.headers["location"], json=said, headers={"Prefer": "wait=30"})
    assert (answer.status_code, answer.json()["state"]) == (200, "approved"), answer.text
    return answer


def _client(url: str, key: str | None) -> httpx.Client:
    headers = {} if key is None else {"X-API-Key": key}
    return httpx.Client(
        base_url=url, headers=headers, timeout=60, trust_env=False, event_hooks={"response": [must_be_described]}
    )
