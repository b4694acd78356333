"""What was built against an earlier version of the contract works in the gateway of today, in a sandbox and beside the loop."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from gateway.contract import Answer, Exchange, Settings, Status, UnexpectedAnswer
from gateway.contract.earlier import gives_floats
from gateway.contract.reading import read_json
from gateway.sandbox.construction import construct
from tests.builders.driving import OCCASION, query, replay
from tests.builders.places import ROOT
from tests.builders.processes import ran

BUILT = ROOT / "tests" / "contract" / "built"
PACKAGES = {folder.name: next(folder.glob("*/manifest.toml")).parent for folder in sorted(BUILT.glob("v*"))}
"""By the folder of the version that each was built against."""


def version(folder: str) -> str:
    return folder.removeprefix("v").replace("_", ".")


@contextmanager
def authority(body: bytes) -> Iterator[str]:
    """An authority that answers every question so."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_versions_that_gave_something_have_a_package() -> None:
    assert {"1.2", "1.5", "1.6", "1.10"} <= {version(folder) for folder in PACKAGES}
    for folder, package in PACKAGES.items():
        assert f'contract = "{version(folder)}"' in (package / "manifest.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", PACKAGES)
def test_it_reads_in_a_sandbox_what_its_authority_says(folder: str, tmp_path: Path) -> None:
    package = PACKAGES[folder]
    with authority((package.parent / "answer.json").read_bytes()) as url:
        command = str(Path(sys.executable).with_name("gateway"))
        asked = ran([command, "ask", package.name, "C690", "ID/17", "--against", url], cwd=package.parent)
    assert asked.returncode == 0, asked.stdout + asked.stderr
    told = " ".join(asked.stdout.split())
    for part in ("valid", "120.5", "2027-12-31"):
        assert part in told, asked.stdout


@pytest.mark.parametrize("folder", PACKAGES)
def test_it_reads_the_same_beside_the_loop(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    package = PACKAGES[folder]
    monkeypatch.syspath_prepend(str(package.parent))
    adapter = construct(
        f"{package.name}.adapter", "OfficeAdapter", values={}, secrets={}, methods=("verify",), contract=version(folder)
    )
    exchange: Exchange[Answer] = adapter.verify(query("C690", "ID/17"), OCCASION)
    body = (package.parent / "answer.json").read_bytes()
    answer = replay(exchange, (200, body))
    assert answer.status is Status.VALID
    assert answer.certificate is not None
    assert [one.quantity.value for one in answer.certificate.lines if one.quantity] == [Decimal("120.5"), Decimal(7)]
    assert str(answer.certificate.valid_to) == "2027-12-31"


def test_what_an_earlier_version_gave_is_given_to_its_code_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between its steps, after what it raises, and while another is asked, numbers are what they are today."""
    package = PACKAGES["v1_2"]
    monkeypatch.syspath_prepend(str(package.parent))
    early = construct(f"{package.name}.adapter", "OfficeAdapter", values={}, secrets={}, methods=(), contract="1.2")
    exchange = early.verify(query("C690", "ID/17"), OCCASION)
    next(exchange)
    assert not gives_floats()
    assert read_json(b'{"a": 1.5}').values == {"a": Decimal("1.5")}
    exchange.close()
    with pytest.raises(UnexpectedAnswer):
        replay(early.verify(query("C690", "ID/17"), OCCASION), (200, b'{"number": "ID/17", "status": 1.5}'))
    assert not gives_floats()
    with pytest.raises(UnexpectedAnswer, match="not a JSON document"):
        replay(early.verify(query("C690", "ID/17"), OCCASION), (200, b'{"number": 1e999}'))
    refused = early.verify(query("C690", "ID/17"), OCCASION)
    next(refused)
    with pytest.raises(KeyError):
        refused.throw(KeyError("the transport's"))
    late = importlib.import_module(f"{package.name}.adapter").OfficeAdapter(Settings())
    with pytest.raises(UnexpectedAnswer, match="a number is expected"):
        replay(late.verify(query("C690", "ID/17"), OCCASION), (200, (package.parent / "answer.json").read_bytes()))
