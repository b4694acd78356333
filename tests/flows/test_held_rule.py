"""An adapter whose rule of identity does not come back: its documents are held, nobody waits for it, and it is quarantined."""

import os
import re
from pathlib import Path

import httpx
import pytest

from tests.builders.databases import Databases
from tests.builders.places import ROOT
from tests.builders.running import Authorities, declaration, served, settled, until

pytestmark = pytest.mark.whole

CODE = """
import os
import time

def held(document_type, reference):
    while reference.startswith("CHEDP.DE") and not os.path.exists({stop!r}):
        time.sleep(0.01)
    return reference

def ask(*_):
    yield None

class Held:
    def __init__(self, settings): pass
    verify = position = reserve = write_off = cancel = intervene = list = read_notification = ask
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package in the place of a delivered one, whose rule waits for a file."""
    folder = tmp_path / "path" / "held"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "adapter.py").write_text(CODE.format(stop=str(tmp_path / "stop")), encoding="utf-8")
    told = (ROOT / "adapters/traces/manifest.toml").read_text(encoding="utf-8").splitlines()
    own = [line for line in told if not line.startswith(("entry_point", "identity"))]
    head = ['entry_point = "adapter:Held"', 'identity = "adapter:held"']
    (folder / "manifest.toml").write_text("\n".join((*head, *own)), encoding="utf-8")
    return folder.parent


def test_it_holds_its_own_documents_and_loses_its_place(
    package: Path, simulated: Authorities, databases: Databases
) -> None:
    with databases.one() as database:
        own = {
            **simulated.environment,
            "GATEWAY_DATABASE_URL": database,
            "GATEWAY_ADAPTERS__TRACES__PACKAGE": "held",
            "GATEWAY_ALLOW_DRAFT": "true",
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(package))),
        }
        with served(own) as gateway, gateway.client() as client:

            def state() -> str:
                items = httpx.get(f"{gateway.url}/v1/adapters", timeout=60, trust_env=False).json()["items"]
                (one,) = (item for item in items if item["name"] == "traces")
                return str(one["state"])

            for number in range(3):
                assert state() == "enabled"
                raw = declaration("01", f"HELD-{number}")
                raw = re.sub(rb"CHEDP[^<]*", f"CHEDP.DE.2026.000000{number}".encode(), raw)
                raw = raw.replace(b"FR12345678901234", f"FR1234567890123{number}".encode())
                reply = client.lodge(raw, "application/xml", wait_s=30)
                record = settled(client, reply.body["id"])
                assert record.effect == "hold"
                assert "SW-DEC-033" in {one["code"] for one in record.body["decision"]["findings"]}
            until(lambda: state() == "quarantined", "its being quarantined")
