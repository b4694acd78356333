"""The kit runs an adapter's code in a sandbox: with the gateway's limits, and what it does costs its own call alone."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.conformance.exchanges import AdapterProcess, Ending, KitCall
from gateway.contract import Direction, DocumentQuery, Occasion, Response
from tests.dispatch.beasts import BEASTS, FINE, WRITTEN

KILLED = {
    "SPIN": "it took more than 0.3 s of the processor",
    "SLEEP": "it took longer than 0.6 s by the clock: it waits for something",
    "EXIT": "it ended its process with status 0",
    "MEMORY": None,
    "HOARD": "it took more than 256 MB of memory",
    "FORK": "it started a process",
}
"""How that is told; None: as the machine has it."""
REFUSED = (
    "RUN", "EXEC", "KILL", "THREAD", "SOCKET", "WRITE", "SESSION", "CONFIGURATION", "PASSWORDS", "PARENT", "LIST",
    "ENVIRONMENT",
)  # fmt: skip


@pytest.fixture(scope="module")
def process() -> Iterator[AdapterProcess]:
    """A process with the beast in it."""
    with AdapterProcess(budget_s=0.3, patience=2, memory_mb=256) as one:
        loaded = one.load("toy", module="tests.dispatch.beasts", cls="Beast", values={}, secrets={}, identity=None)
        assert (loaded.raised, loaded.killed) == (None, None)
        yield one


def asked(process: AdapterProcess, name: str) -> Ending:
    """What becomes of a beast's exchange against two answers."""
    query = DocumentQuery(type="C999", reference=f"X/{name}", direction=Direction.IMPORT)
    occasion = Occasion(at=datetime(2026, 11, 27, tzinfo=UTC), nonce=bytes(16), message_id="1")
    call = KitCall(method="verify", subject=query, occasion=occasion)
    (ending,) = process.replay("toy", call, [[Response(status=200, body=b"{}")] * 2])
    return ending


@pytest.mark.parametrize("name", KILLED)
def test_what_has_to_be_ended_is_told_and_the_next_call_is_made(process: AdapterProcess, name: str) -> None:
    ending = asked(process, name)
    if (how := KILLED[name]) is not None:
        assert ending.killed == how
    assert not ending.returned
    assert asked(process, FINE).returned


def test_it_reads_code_only_and_reaches_nothing(process: AdapterProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_DATABASE_URL", "postgresql://secret@nowhere/x")
    process.close()
    WRITTEN.unlink(missing_ok=True)
    for name in REFUSED:
        assert name in BEASTS
        raised = asked(process, name).raised
        assert raised is not None, name
        assert raised.kind is None, name
    assert not WRITTEN.exists()


def test_an_exchange_is_carried_on_where_it_was_begun(process: AdapterProcess) -> None:
    query = DocumentQuery(type="C999", reference=FINE, direction=Direction.IMPORT)
    occasion = Occasion(at=datetime(2026, 11, 27, tzinfo=UTC), nonce=bytes(16), message_id="1")
    number, first = process.begin("toy", KitCall(method="verify", subject=query, occasion=occasion))
    assert first.asked.path == "/first"
    second = process.advance(number, Response(status=200, body=b"{}"))
    assert second.asked.path == "/second"
    assert process.advance(number, Response(status=200, body=b"{}")).value.certificate.reference == FINE


def test_what_could_not_be_constructed_is_tried_anew_with_other_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "picky").mkdir()
    (tmp_path / "picky" / "__init__.py").touch()
    code = "class Picky:\n    def __init__(self, settings):\n        self.office = settings.values['office']\n"
    (tmp_path / "picky" / "adapter.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    with AdapterProcess() as process:
        for values in ({}, {"office": "x"}, {}):
            loaded = process.load("toy", module="picky.adapter", cls="Picky", values=values, secrets={}, identity=None)
            assert (loaded.raised is None) == bool(values)
            if loaded.raised is not None:
                assert (loaded.raised.type, loaded.raised.kind) == ("KeyError", None)
                assert loaded.raised.place == f"{tmp_path}/picky/adapter.py:3"
