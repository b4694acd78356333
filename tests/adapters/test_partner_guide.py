"""The examples of docs/adapters.md and docs/adapters-quantities.md are adapters that work."""

import importlib
import json
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adapters.simulation import SPOKEN, Fault, simulator_process
from gateway.contract import (
    CONTRACT_VERSION,
    AccessRefused,
    Adapter,
    AdapterError,
    Auth,
    CorrespondingAdapter,
    Limits,
    Manifest,
    Money,
    MovementKind,
    NotifyingAdapter,
    OrderLine,
    PartyAdapter,
    QuantityAdapter,
    Receipt,
    ReceiptOutcome,
    Refusal,
    ReportingAdapter,
    RequestRejected,
    Settings,
    Status,
    SubscribingAdapter,
    SuspendingAdapter,
    UnexpectedAnswer,
    UsageAdapter,
    parse_manifest,
)
from gateway.contract.manifest import CAPABILITIES
from gateway.dispatch.answers import judged
from gateway.dispatch.registry import load_adapters
from gateway.domain.order_lines import unconverted
from gateway.settings.adapters import AdapterConfig
from tests.adapters.partner import (
    AMEND,
    CANCEL,
    CASES,
    DELETE,
    DOCS,
    DONE,
    FILES,
    FORCE,
    GUIDE,
    KEY,
    LICENCE,
    NO_RECORD,
    QUANTITIES,
    REFUSED,
    RESERVE,
    RESERVED,
    REVOKED,
    WRITE_OFF,
    WRITTEN_OFF_ALREADY,
    Office,
    exchange,
    line,
    order,
)
from tests.builders.driving import HOSTILE, OCCASION, Wire, query, replay

verifying = pytest.mark.parametrize("package", ["adapters.md"], indirect=True)
moving = pytest.mark.parametrize("package", ["adapters-quantities.md"], indirect=True)
both = pytest.mark.parametrize("package", list(FILES), indirect=True)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The files as they are after a page, as an importable package, for this process and its children."""
    root = tmp_path_factory.mktemp("guide")
    (root / "timber").mkdir()
    (root / "timber" / "__init__.py").touch()
    for name, content in FILES[request.param].items():
        (root / name).write_text(content, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(root)
        patch.setenv("PYTHONPATH", str(root))
        yield root / "timber"
    for name in [name for name in sys.modules if name.split(".")[0] == "timber"]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def adapter(package: Path) -> Any:
    manifest = parse_manifest((package / "manifest.toml").read_text())
    module, _, name = manifest.entry_point.partition(":")
    return getattr(importlib.import_module(f"timber.{module}"), name)(Settings())


@pytest.fixture(scope="module")
def office(package: Path) -> Iterator[str]:
    with simulator_process("timber") as (url,):
        yield url


@pytest.fixture
def wire(office: str) -> Wire:
    wire = Wire(office, {"X-Api-Key": "timber-simulator-key"})
    wire.control("POST", "reset", {})
    return wire


@pytest.fixture
def at(adapter: Any, wire: Wire) -> Office:
    return Office(adapter, wire)


def test_the_guide_shows_the_whole_package() -> None:
    first, second = FILES.values()
    assert set(first) == {
        "timber/manifest.toml",
        "timber/codes.toml",
        "timber/adapter.py",
        "timber/simulator.py",
        "timber/simulator_documents.toml",
    }
    assert set(second) - set(first) == {"timber/ledger.py", "timber/ledger_codes.toml", "timber/simulator_ledger.py"}
    assert len(first["timber/adapter.py"].splitlines()) <= 60
    assert len(second["timber/ledger.py"].splitlines()) <= 160


@both
def test_the_gateway_loads_the_package(package: Path) -> None:
    config = AdapterConfig(
        name="timber", package="timber", base_url="http://127.0.0.1:1", secrets={"header_value": "env:TIMBER_API_KEY"}
    )
    loaded = load_adapters([config], allow_draft=True, environment={"TIMBER_API_KEY": "a"}, trial_s=60)
    more = {"quantity"} if (package / "ledger.py").exists() else set()
    assert loaded["timber"].manifest.capabilities == {"verify"} | more
    assert loaded["timber"].manifest.contract == CONTRACT_VERSION


@both
def test_the_example_verifies_over_http(adapter: Adapter, wire: Wire, office: str) -> None:
    for reference, status in ((LICENCE, Status.VALID), (REVOKED, Status.REFUSED), ("ID/19", Status.NOT_FOUND)):
        answer = wire.run(adapter.verify(query("C690", reference), OCCASION))
        assert judged(answer, query("C690", reference), ("C690",), unconverted).status is status
    for reference in HOSTILE:
        assert wire.run(adapter.verify(query("C690", reference), OCCASION)).status is Status.NOT_FOUND
    with pytest.raises(AccessRefused):
        Wire(office, {"X-Api-Key": "another"}).run(adapter.verify(query("C690", LICENCE), OCCASION))


@verifying
def test_the_example_keeps_the_rules_that_it_teaches(adapter: Adapter, wire: Wire) -> None:
    wire.run(adapter.verify(query("C690", LICENCE), OCCASION))
    whole = wire.received[-1]
    for body in (*(whole[:length] for length in range(len(whole))), b"null", b"[]", b"<html></html>"):
        with pytest.raises(UnexpectedAnswer):
            replay(adapter.verify(query("C690", LICENCE), OCCASION), (200, body))
    wire.control("POST", "faults", {"fault": "unknown_status", "count": 1})
    with pytest.raises(UnexpectedAnswer):
        wire.run(adapter.verify(query("C690", LICENCE), OCCASION))


@moving
def test_verification_and_position_tell_the_same_ledger(at: Office) -> None:
    at.move(RESERVE, line("30"))
    told = at.wire.run(at.adapter.verify(query("C690", LICENCE), OCCASION))
    answer = judged(told, query("C690", LICENCE), ("C690",), unconverted)
    assert answer.ledger == at.position()
    assert at.stands() == ("70.0", [("reserved", "30")])
    assert [request.headers["X-Request-Id"] for request in at.wire.sent[1:3]] == [
        OCCASION.message_id,
        OCCASION.nth(1).message_id,
    ]
    with pytest.raises(UnexpectedAnswer):
        at.wire.run(at.adapter.position(query("C690", "ID/19"), OCCASION))


@moving
def test_a_position_is_read_as_a_whole_and_of_the_document_alone(at: Office) -> None:
    assert at.position().allocations
    whole = at.wire.received[-1]
    others = whole.replace(LICENCE.encode(), REVOKED.encode())
    for body in (*(whole[:length] for length in range(len(whole))), others, b"null", b"[]", b"<html></html>"):
        with pytest.raises(UnexpectedAnswer):
            replay(at.adapter.position(query("C690", LICENCE), OCCASION), (200, body))


@moving
def test_the_page_shows_the_ledger_as_it_is(at: Office) -> None:
    at.position()
    (shown,) = re.findall(r"^GET /ledger\?number=ID%2F17\n200 (.*?)\n\n", QUANTITIES, re.MULTILINE | re.DOTALL)
    assert json.loads(shown) == json.loads(at.wire.received[-1].replace(b'"100.0"', b'"100"'))


@moving
def test_a_part_is_reserved_restated_and_written_off(at: Office) -> None:
    assert at.stands() == ("100.0", []), "an LRN with the text of our MRN is somebody else"
    receipt = at.move(RESERVE, line("30"))
    assert (receipt.outcome, receipt.authority_code, receipt.ledger) == (DONE, "DONE", at.position())
    assert at.outcome(RESERVE, "50") is DONE
    assert at.stands() == ("50.0", [("reserved", "50")])
    refused = at.move(RESERVE, line("60"), line("40.001", item=2))
    assert (refused.outcome, refused.refusal) == (REFUSED, Refusal.INSUFFICIENT)
    assert (refused.goods_item, refused.certificate_line, refused.authority_code) == (2, 1, "TOO_LITTLE_LEFT")
    assert at.stands() == ("50.0", [("reserved", "50")])
    assert at.outcome(WRITE_OFF, "50") is DONE
    assert at.stands() == ("50.0", [("consumed", "50")])
    assert at.outcome(WRITE_OFF, "50") is WRITTEN_OFF_ALREADY
    assert at.outcome(CANCEL) is WRITTEN_OFF_ALREADY
    assert at.move(RESERVE, line("1")).refusal is Refusal.WRITTEN_OFF
    assert at.stands() == ("50.0", [("consumed", "50")])


@moving
def test_a_reservation_is_given_back_once(at: Office) -> None:
    assert at.outcome(RESERVE, "100") is DONE
    assert at.move(RESERVE, line("0.1"), mrn="26FRD0000000001027").refusal is Refusal.INSUFFICIENT
    assert at.outcome(CANCEL) is DONE
    assert at.stands() == ("100.0", [])
    assert at.outcome(CANCEL) is NO_RECORD
    assert at.outcome(WRITE_OFF, "100") is NO_RECORD
    assert at.stands() == ("100.0", [])


@moving
def test_an_officer_forces_amends_and_deletes(at: Office) -> None:
    assert at.outcome(AMEND, "1") is NO_RECORD
    assert at.outcome(DELETE) is NO_RECORD
    assert at.outcome(FORCE, "103.5") is DONE
    assert at.stands() == ("-3.5", [("consumed", "103.5")])
    assert at.outcome(FORCE, "1") is WRITTEN_OFF_ALREADY
    assert at.move(AMEND, line("100.1")).refusal is Refusal.INSUFFICIENT
    assert at.outcome(AMEND, "40") is DONE
    assert at.stands() == ("60.0", [("consumed", "40")])
    assert at.outcome(DELETE) is DONE
    assert at.stands() == ("100.0", [])
    assert at.outcome(RESERVE, "7") is DONE
    assert [at.outcome(FORCE, "1"), at.outcome(AMEND, "1"), at.outcome(DELETE)] == [RESERVED] * 3
    assert at.stands() == ("93.0", [("reserved", "7")])


@moving
@pytest.mark.parametrize(
    ("reference", "wanted", "refusal"),
    [
        (REVOKED, line("1"), Refusal.STATUS),
        (LICENCE, line("1", number=2), Refusal.LINE),
        (LICENCE, line("1", code="44031100"), Refusal.COMMODITY),
        (LICENCE, line("1", unit="KGM"), Refusal.UNIT),
    ],
)
def test_a_refusal_says_why(at: Office, reference: str, wanted: OrderLine, refusal: Refusal) -> None:
    receipt = at.move(RESERVE, wanted, reference=reference)
    assert (receipt.outcome, receipt.refusal) == (REFUSED, refusal)
    assert at.stands() == ("100.0", [])


ALIKE = ({"DONE", "IS_USED"}, {"DONE", "NOTHING_THERE"})
"""Words after which the ledger may stand alike: only the office can tell them apart."""


def answered(at: Office, name: str) -> tuple[bytes, Callable[[bytes], Receipt]]:
    """The office's answer to a movement, and how the adapter reads what stands in its place."""
    kind, volumes, before, outcome = CASES[name]
    for earlier, volume in before:
        assert at.outcome(earlier, volume) is DONE
    ordered = order(*map(line, volumes), key=KEY)
    assert at.wire.run(exchange(at.adapter, kind, ordered)).outcome is outcome
    return at.wire.received[-1], lambda body: replay(exchange(at.adapter, kind, ordered), (200, body))


@moving
@pytest.mark.parametrize("name", CASES)
def test_what_is_not_clear_gives_no_receipt(at: Office, name: str) -> None:
    whole, read = answered(at, name)
    for body in (*(whole[:length] for length in range(len(whole))), b"null", b"[]", b"{}", b"<html></html>"):
        with pytest.raises(UnexpectedAnswer):
            read(body)
    told = json.loads(whole)
    spoilt: list[dict[str, Any]] = [
        {"key": "f" * 32},
        {"number": REVOKED},
        {"mrn": "26FRD0000000001027"},
        {"ledger": None},
    ]
    spoilt += [{"reason": "UNHEARD_OF"}, {"reason": None if told["reason"] else "NOT_ISSUED"}]
    spoilt += [{"reason": "IS_USED"}] if told["reason"] == "TOO_LITTLE_LEFT" else []
    words = ("DONE", "REFUSED", "NOTHING_THERE", "IS_RESERVED", "IS_USED", "UNHEARD_OF")
    spoilt += [{"outcome": word} for word in words if word != told["outcome"] and {word, told["outcome"]} not in ALIKE]
    for change in spoilt:
        with pytest.raises(UnexpectedAnswer):
            pytest.fail(f"{change}: {read(json.dumps({**told, **change}).encode())}")


@moving
@pytest.mark.parametrize(
    "name", [name for name, case in CASES.items() if case[3] is DONE and case[0] not in {CANCEL, DELETE}]
)
def test_what_is_done_stands_in_the_ledger(at: Office, name: str) -> None:
    whole, read = answered(at, name)
    ours = json.loads(whole)["ledger"]["taken"][-1]
    other = "USED" if ours["state"] == "RESERVED" else "RESERVED"
    for change in (
        {"volume": {"value": "29", "unit": "MTQ"}}, {"volume": {**ours["volume"], "unit": "KGM"}}, {"state": other},
        {"kind": "LRN"}, {"value": "26FRD0000000001027"}, {"goods_item": 2}, {"line": 2},
    ):  # fmt: skip
        told = json.loads(whole)
        told["ledger"]["taken"][-1] |= change
        with pytest.raises(UnexpectedAnswer):
            pytest.fail(f"{change}: {read(json.dumps(told).encode())}")


@moving
def test_one_key_moves_once(at: Office) -> None:
    first = at.move(RESERVE, line("30"), key=KEY)
    assert at.move(RESERVE, line("30"), key=KEY) == first
    assert at.stands() == ("70.0", [("reserved", "30")])
    with pytest.raises(RequestRejected):
        at.move(RESERVE, line("31"), key=KEY)
    assert at.outcome(RESERVE, "50") is DONE
    with pytest.raises(UnexpectedAnswer):
        at.move(RESERVE, line("30"), key=KEY)
    assert at.stands() == ("50.0", [("reserved", "50")])


@moving
@pytest.mark.parametrize("fault", ["truncated", "error_after"])
def test_the_position_tells_what_an_answer_that_was_lost_did(at: Office, fault: str) -> None:
    at.wire.control("POST", "faults", {"fault": fault, "count": 1})
    with pytest.raises(AdapterError):
        at.move(RESERVE, line("30"))
    assert at.stands() == ("70.0", [("reserved", "30")])


@moving
def test_what_cannot_be_ordered_is_never_sent(adapter: Any) -> None:
    by_value = replace(line("1"), quantities=(), amount=Money(value=Decimal(5), currency="EUR"))
    for wanted in (
        by_value,
        replace(by_value, quantities=line("1").quantities),
        replace(line("1"), quantities=line("1").quantities * 2),
    ):
        with pytest.raises(RequestRejected):
            next(exchange(adapter, RESERVE, order(wanted)))


@moving
def test_a_hostile_reference_arrives_as_one_value(at: Office) -> None:
    for reference in HOSTILE:
        with pytest.raises(UnexpectedAnswer):
            at.wire.run(at.adapter.position(query("C690", reference), OCCASION))
        assert json.loads(at.wire.received[-1]) == {"number": reference, "ledger": None}


def test_the_guide_names_every_key_of_a_manifest() -> None:
    keys = {field.name for kind in (Manifest, Auth, Limits) for field in fields(kind)} - {"auth"}
    table = GUIDE[GUIDE.index("| key | meaning |") : GUIDE.index("## 2.")]
    assert {key for key in keys if not re.search(rf"\b{key}\b", table)} == set()


def test_the_guide_names_the_methods_of_every_capability() -> None:
    def methods(*kinds: type) -> set[str]:
        return {name for kind in kinds for name in vars(kind) if not name.startswith("_")}

    table = GUIDE[GUIDE.index("| capability | methods |") : GUIDE.index("## 2.")]
    shown = {
        name: set(re.findall(r"`(\w+)`", said)) for name, said in re.findall(r"^\| `(\w+)` \| (.*?) \|", table, re.M)
    }
    assert shown == {
        "verify": methods(Adapter),
        "quantity": methods(QuantityAdapter),
        "usage": methods(UsageAdapter),
        "list": methods(SubscribingAdapter),
        "subscribe": methods(SubscribingAdapter),
        "notifications": methods(NotifyingAdapter),
        "suspensions": methods(SuspendingAdapter, CorrespondingAdapter),
        "party": methods(PartyAdapter),
        "report": methods(ReportingAdapter),
    }
    assert set(shown) == CAPABILITIES


def test_the_guide_names_every_fault_outcome_and_movement() -> None:
    faults = GUIDE[GUIDE.index("Faults: `") : GUIDE.index("## 5.")]
    assert set(Fault) - SPOKEN <= set(re.findall(r"\b[a-z_]+\b", faults))
    assert {outcome.name for outcome in ReceiptOutcome} <= set(re.findall(r"`([A-Z_]+)`", QUANTITIES))
    assert {kind.value for kind in MovementKind} <= set(re.findall(r"^\| `(\w+)` \|", QUANTITIES, re.MULTILINE))


@pytest.mark.parametrize("name", ["catch", "dual_use"])
def test_a_readme_names_every_sample_and_every_status(name: str) -> None:
    folder = DOCS.parent / "adapters" / name
    readme = (folder / "README.md").read_text(encoding="utf-8")
    for document in tomllib.loads((folder / "simulator" / "documents.toml").read_text())["document"]:
        assert f"| `{document['reference']}` | {document['story']} |" in readme
    for row in tomllib.loads((folder / "codes.toml").read_text())["status"]:
        assert f"| `{row['code']}` | {row['means']} |" in readme
