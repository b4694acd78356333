"""The adapter for CATCH, against its simulated authority over real HTTP."""

import json
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote

import pytest

import adapters.catch
from adapters.catch.simulator import API_KEY, SIMULATOR
from gateway.contract import (
    AccessRefused,
    Answer,
    Nomenclature,
    Quantity,
    Reference,
    ReferenceKind,
    RequestRejected,
    Status,
    UnexpectedAnswer,
    parse_manifest,
)
from tests.adapters.catch.asking import ADAPTER, NULLABLE, STATEMENT, VALID, B, body_of, not_known, read, verify
from tests.builders.driving import HOSTILE, OCCASION, Wire, query, recording_server, replay, spoilt

PACKAGE = Path(adapters.catch.__file__).parent

STORIES = {
    "CATCH.CC.NO.2026.0000001": ("VALID", Status.VALID),
    "CATCH.CC.IS.2026.0000002": ("SUBMITTED", Status.PENDING),
    "CATCH.CC.MA.2026.0000003": ("REJECTED", Status.REFUSED),
    "CATCH.CC.CL.2026.0000004": ("CANCELLED", Status.WITHDRAWN),
    "CATCH.CC.NO.2026.0000005": ("REPLACED", Status.WITHDRAWN),
    "CATCH.CC.NO.2026.0000006": ("VALID", Status.VALID),
    "CATCH.CC.FO.2026.0000007": ("DRAFT", Status.PENDING),
    "CATCH.CC.CN.2026.0000008": ("VALID", Status.VALID),
    "CATCH.CC.NO.2026.0000009": ("VALID", Status.VALID),
    "CATCH.CC.NO.2026.0000010": ("VALID", Status.VALID),
    "US/NMFS/2026/00417": ("VALID", Status.VALID),
    "CATCH.CC.US.2026.0000012": ("VALID", Status.VALID),
    "CATCH.CC.US.2026.0000013": ("VALID", Status.VALID),
    "CATCH.PS.TH.2026.0000001": ("VALID", Status.VALID),
    "CATCH.PS.TH.2026.0000002": ("REJECTED", Status.REFUSED),
    "CATCH.CC.NO.2026.0000011": ("VALID", Status.VALID),
    "PS/TH/2026/00003": ("VALID", Status.VALID),
}


@pytest.mark.parametrize("reference", STORIES)
def test_every_story_has_the_status_that_its_authority_states(wire: Wire, reference: str) -> None:
    answer = verify(wire, reference)
    assert answer.certificate is not None
    assert (answer.certificate.authority_status, answer.status) == STORIES[reference]
    assert answer.certificate.reference == reference


def test_stories_show_every_status_of_the_code_list_and_the_whole_catalogue() -> None:
    codes = tomllib.loads((PACKAGE / "codes.toml").read_text())["status"]
    assert {row["code"]: Status(row["means"]) for row in codes} == dict(STORIES.values())
    catalogue = tomllib.loads((PACKAGE / "simulator" / "documents.toml").read_text())["document"]
    assert [document["reference"] for document in catalogue] == list(STORIES)


def test_a_certificate_carries_hs_codes_weights_and_what_is_left(wire: Wire) -> None:
    answer = verify(wire, VALID)
    assert answer.certificate is not None
    assert answer.ledger is not None
    line, second = answer.certificate.lines
    assert (answer.certificate.type, line.nomenclature, line.commodity_code) == ("C673", Nomenclature.HS, "030363")
    assert line.quantity == Quantity(value=Decimal(24000), unit="KGM")
    assert second.number == 2
    assert [(left.number, left.available.value) for left in answer.ledger.lines] == [
        (1, Decimal(24000)),
        (2, Decimal(6000)),
    ]
    assert answer.certificate.facts == {"kind": "CATCH_CERTIFICATE", "flag_state": "NO", "validated_on": "2026-01-20"}
    assert [request.path for request in wire.sent] == [f"/api/v1/catch-certificates/{VALID}"]


def test_a_processing_statement_is_found_behind_the_certificates_and_carries_cn_codes(wire: Wire) -> None:
    answer = verify(wire, STATEMENT)
    assert answer.certificate is not None
    (line,) = answer.certificate.lines
    assert (answer.certificate.type, line.nomenclature, line.commodity_code) == ("C673", Nomenclature.CN, "16041421")
    assert [request.path for request in wire.sent] == [
        f"/api/v1/catch-certificates/{STATEMENT}",
        f"/api/v1/processing-statements/{STATEMENT}",
    ]
    assert len({request.headers["X-Request-Id"] for request in wire.sent}) == 2


def test_not_found_needs_both_registers_to_say_so(wire: Wire) -> None:
    answer = verify(wire, "CATCH.CC.NO.2026.9999999")
    assert answer == Answer(status=Status.NOT_FOUND)
    assert len(wire.sent) == 2


@pytest.mark.parametrize(
    "written", ["catch.cc.no.2026.0000001", " CATCH.CC.NO.2026.0000001", "Catch. CC. NO.2026.00000 01"]
)
def test_blanks_and_case_of_a_number_do_not_count(wire: Wire, written: str) -> None:
    answer = verify(wire, written)
    assert answer.status is Status.VALID
    assert answer.certificate is not None
    assert answer.certificate.reference == VALID


def test_a_replaced_certificate_names_its_successor(wire: Wire) -> None:
    answer = verify(wire, "CATCH.CC.NO.2026.0000005")
    assert answer.certificate is not None
    assert answer.certificate.successors == ("CATCH.CC.NO.2026.0000006",)


def test_an_importer_that_is_named_is_the_holder(wire: Wire) -> None:
    answer = verify(wire, "CATCH.CC.NO.2026.0000010")
    assert answer.certificate is not None
    assert answer.certificate.holder == "FR12345678901234"


def test_the_position_shows_what_is_left_and_who_used_the_rest(wire: Wire) -> None:
    ledger = wire.run(ADAPTER.position(query("C673", "CATCH.CC.NO.2026.0000009"), OCCASION))
    assert [line.available for line in ledger.lines] == [Quantity(value=Decimal(300), unit="KGM")]
    (used,) = ledger.allocations
    assert used.declaration == Reference(kind=ReferenceKind.MRN, value="26DKA0000000000179")
    assert used.quantity == Quantity(value=Decimal(700), unit="KGM")


def test_what_is_left_may_be_below_zero_in_kilograms(wire: Wire) -> None:
    whole = body_of(wire, VALID)
    for stated, unit in ((b'"-0.5", "unit": "KGM"', "KGM"), (b'"-0.5", "unit": "TNE"', None), (b'"-0.5"', None)):
        changed = whole.replace(b'{"value": "24000", "unit": "KGM"}', b'{"value": ' + stated + b"}", 1)
        assert changed != whole
        if unit is None:
            with pytest.raises(UnexpectedAnswer):
                read(VALID, (200, changed))
            continue
        ledger = read(VALID, (200, changed)).ledger
        assert ledger is not None
        assert ledger.lines[0].available == Quantity(value=Decimal("-0.5"), unit=unit)


def test_a_declaration_that_asks_is_told_its_own_part(wire: Wire) -> None:
    asked = replace(
        query("C673", "CATCH.CC.NO.2026.0000011"),
        declaration=Reference(kind=ReferenceKind.MRN, value="26DKA0000000000187"),
    )
    ledger = wire.run(ADAPTER.position(asked, OCCASION))
    assert [(one.certificate_line, one.quantity.value) for one in ledger.allocations] == [(3, Decimal(2400))]
    assert [line.available.value for line in ledger.lines][2] == 0
    assert wire.sent[-1].path == "/api/v1/catch-certificates/CATCH.CC.NO.2026.0000011?mrn=26DKA0000000000187"
    by_lrn = replace(asked, declaration=Reference(kind=ReferenceKind.LRN, value="26DKA0000000000187"))
    assert len(wire.run(ADAPTER.position(by_lrn, OCCASION)).allocations) == 3, "an LRN names nobody there"


def test_a_usage_that_is_not_stated_is_no_position_and_never_an_empty_one(wire: Wire) -> None:
    assert verify(wire, "CATCH.CC.CN.2026.0000008").ledger is None
    with pytest.raises(UnexpectedAnswer):
        wire.run(ADAPTER.position(query("C673", "CATCH.CC.CN.2026.0000008"), OCCASION))
    with pytest.raises(UnexpectedAnswer):
        wire.run(ADAPTER.position(query("C673", "CATCH.CC.NO.2026.9999999"), OCCASION))


def test_any_number_of_the_load_range_is_valid(wire: Wire) -> None:
    answer = verify(wire, "CATCH.CC.XX.2026.1234567")
    assert answer.status is Status.VALID
    assert answer.certificate is not None
    assert answer.certificate.lines[0].commodity_code == "0303"
    assert answer.certificate.lines[0].quantity == Quantity(value=Decimal(10**9), unit="KGM")
    assert verify(wire, "CATCH.CC.XX.2026.12345678").status is Status.NOT_FOUND


def test_a_certificate_becomes_valid_when_the_authority_validates_it(wire: Wire) -> None:
    reference = "CATCH.CC.IS.2026.0000002"
    assert verify(wire, reference).status is Status.PENDING
    wire.put(reference, {"status": "VALID", "validated_on": "2026-11-24"})
    assert verify(wire, reference).status is Status.VALID


def test_a_wrong_key_is_access_refused_and_not_not_found(simulator: str) -> None:
    with pytest.raises(AccessRefused):
        verify(Wire(simulator, {"X-Api-Key": "another"}), "CATCH.CC.NO.2026.9999999")


@pytest.mark.parametrize("fault", ["unknown_status", "html", "empty", "truncated"])
def test_an_authority_that_talks_nonsense_leaves_it_undetermined(wire: Wire, fault: str) -> None:
    wire.control("POST", "faults", {"fault": fault, "reference": VALID})
    with pytest.raises(UnexpectedAnswer):
        verify(wire, VALID)


def test_an_unheard_of_status_raises_whatever_else_the_record_says(wire: Wire) -> None:
    for status in ("PROVISIONALLY_VALID", "valid", "Valid", "VALID "):
        wire.put(VALID, {"status": status})
        with pytest.raises(UnexpectedAnswer):
            verify(wire, VALID)


def test_a_status_that_was_not_in_force_yet_is_not_known(wire: Wire) -> None:
    earlier = replace(OCCASION, at=datetime(2025, 12, 31, tzinfo=UTC))
    with pytest.raises(UnexpectedAnswer):
        wire.run(ADAPTER.verify(query("C673", VALID), earlier))


@pytest.mark.parametrize("reference", HOSTILE)
def test_a_hostile_reference_arrives_as_one_value(wire: Wire, reference: str) -> None:
    assert verify(wire, reference).status is Status.NOT_FOUND
    with recording_server(404, not_known(reference)) as (url, targets):
        assert verify(Wire(url, {}), reference).status is Status.NOT_FOUND
    certificates, statements = "/api/v1/catch-certificates/", "/api/v1/processing-statements/"
    assert [unquote(targets[0].removeprefix(certificates)), unquote(targets[1].removeprefix(statements))] == [
        reference,
        reference,
    ]
    assert all(target.count("/") == 4 and not set(target) & set("?#\\ <>") for target in targets)


@pytest.mark.parametrize("reference", [".", ".."])
def test_dots_alone_are_never_sent(reference: str) -> None:
    with pytest.raises(RequestRejected):
        next(ADAPTER.verify(query("C673", reference), OCCASION))


def test_no_beginning_of_an_answer_is_an_answer(wire: Wire) -> None:
    for reference, before in ((VALID, ()), (STATEMENT, ((404, not_known(STATEMENT)),))):
        whole = body_of(wire, reference)
        assert read(reference, *before, (200, whole)).status is Status.VALID
        for length in range(len(whole)):
            with pytest.raises(UnexpectedAnswer):
                read(reference, *before, (200, whole[:length]))


def test_no_beginning_of_a_not_found_is_a_not_found() -> None:
    whole = not_known("A")
    assert read("A", (404, whole), (404, whole)).status is Status.NOT_FOUND
    for length in range(len(whole)):
        with pytest.raises(UnexpectedAnswer):
            read("A", (404, whole[:length]), (404, whole))
        with pytest.raises(UnexpectedAnswer):
            read("A", (404, whole), (404, whole[:length]))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'"DOCUMENT_NOT_FOUND"',
        b"<html><body>Not Found</body></html>",
        b"Not Found",
        b'{"detail": "Not Found"}',
        b'{"code": "DOCUMENT_NOT_FOUND", "number": "B"}',
        b'{"code": "DOCUMENT_NOT_FOUND"}',
        b'{"code": "NO_SUCH_ROUTE", "number": "A"}',
        b"\xff\xfe{\x00}\x00",
    ],
)
def test_what_is_not_this_authoritys_own_word_is_neither_valid_nor_not_found(body: bytes) -> None:
    for status in (200, 404):
        with pytest.raises(UnexpectedAnswer):
            read("A", (status, body))


def test_every_spoilt_place_of_an_answer_is_unexpected(wire: Wire) -> None:
    reference = "CATCH.CC.NO.2026.0000009"
    record = json.loads(body_of(wire, reference))
    assert read(reference, (200, json.dumps(record).encode())).status is Status.VALID
    places = list(spoilt(record, NULLABLE))
    assert len(places) > 200
    for place, changed in places:
        with pytest.raises(UnexpectedAnswer):
            pytest.fail(f"{place}: {read(reference, (200, json.dumps(changed).encode()))}")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"VALID"', '"VALID", "status": "VALID"'),
        ('"value": "24000"', '"value": NaN'),
        ('"value": "24000"', '"value": 24000'),
        ('"verified_weight_landed": {"value": "24000"', '"verified_weight_landed": {"value": "-24000"'),
        ('"value": "24000"', '"value": "-0"'),
        ('"value": "24000"', '"value": "--1"'),
        ('"value": "24000"', '"value": "2.4E+4"'),
        ('"value": "24000"', '"value": "24001"'),
        ('"value": "24000"', '"value": "' + "9" * 400 + '"'),
        ('"line": 1', '"line": ' + "9" * 5000),
        ('"unit": "KGM"', '"unit": "TNE"'),
        ('"number": "CATCH.CC.NO.2026.0000001"', '"number": "CATCH.CC.NO.2026.0000002"'),
        ('"kind": "CATCH_CERTIFICATE"', '"kind": "PROCESSING_STATEMENT"'),
        ('"replaced_by": []', '"replaced_by": ["CATCH.CC.NO.2026.0000006"]'),
        ('"line": 2', '"line": 1'),
        ('"validated_on": "2026-01-20"', '"validated_on": "2026-02-30"'),
        ('"validated_on": "2026-01-20"', '"validated_on": "20260120"'),
        ("{", "{" + '"a": ' + "[" * 200_000),
    ],
)
def test_an_answer_that_contradicts_itself_is_unexpected(wire: Wire, old: str, new: str) -> None:
    whole = body_of(wire, VALID).decode()
    assert old in whole
    with pytest.raises(UnexpectedAnswer):
        read(VALID, (200, whole.replace(old, new, 1).encode()))


def test_a_valid_certificate_without_products_or_weights_is_unexpected(wire: Wire) -> None:
    record = json.loads(body_of(wire, "CATCH.CC.CN.2026.0000008"))
    for products in ([], [{**record["products"][0], "verified_weight_landed": None}]):
        with pytest.raises(UnexpectedAnswer):
            read("CATCH.CC.CN.2026.0000008", (200, json.dumps({**record, "products": products}).encode()))


def test_the_same_occasion_gives_the_same_request() -> None:
    first, second = (next(ADAPTER.verify(query("C673", VALID), OCCASION)) for _ in range(2))
    assert first == second
    assert first.path.startswith("/")
    assert (first.method, first.body) == ("GET", b"")


def test_the_manifest_is_sound() -> None:
    manifest = parse_manifest((PACKAGE / "manifest.toml").read_text())
    assert (manifest.name, manifest.document_types, manifest.auth.kinds) == ("catch", ("C673",), ("header",))
    assert manifest.secrets == ("header_value",)
    assert sorted(manifest.capabilities) == ["usage", "verify"]
    # Both registers, and both again for everybody's usage.
    assert manifest.limits.round_trips == 4


def test_the_simulator_tells_the_credentials_that_the_manifest_asks_for() -> None:
    manifest = parse_manifest((PACKAGE / "manifest.toml").read_text())
    assert SIMULATOR.credentials == {manifest.secrets[0]: API_KEY}


def test_the_readme_tells_every_outcome_and_every_reason() -> None:
    readme = (PACKAGE / "README.md").read_text()
    codes = tomllib.loads((PACKAGE / "codes.toml").read_text())
    for name in (name for name in codes if name.startswith("outcome_of_")):
        assert all(f"`{row['code']}`" in readme for row in codes[name])
    for row in codes["refusal"]:
        (told,) = (words for words in readme.splitlines() if words.startswith(f"| `{row['code']}`"))
        assert told.endswith(f"| {row['means'].replace('_', ' ')} |")
    assert {row["source"] for name in codes if name.startswith(("outcome_of", "refusal")) for row in codes[name]} == {
        "assumed"
    }


def cut_short(whole: bytes) -> bytes:
    """An answer that leaves out what declarations took."""
    answer = json.loads(whole)
    answer["usage"]["declarations"] = []
    return json.dumps(answer).encode()


@pytest.mark.parametrize("second", ["cut short", "whole", "of lines alone"])
def test_that_nothing_is_held_is_told_by_a_whole_position_only(wire: Wire, second: str) -> None:
    whole = body_of(wire, "CATCH.CC.NO.2026.0000009")
    cut = cut_short(whole)
    asked = replace(
        query("C673", "CATCH.CC.NO.2026.0000009"),
        declaration=Reference(kind=ReferenceKind.MRN, value="26DKA0000000000179"),
    )
    exchange = ADAPTER.position(asked, OCCASION)
    if second == "of lines alone":
        answer = json.loads(cut)
        answer["usage"]["lines"] = []
        second_answer = json.dumps(answer).encode()
    else:
        second_answer = whole if second == "whole" else cut
    with pytest.raises(UnexpectedAnswer):
        replay(exchange, (200, cut), (200, second_answer))


def test_a_declaration_without_a_part_is_told_so_by_all_that_was_taken(wire: Wire) -> None:
    for reference in ("CATCH.CC.NO.2026.0000009", VALID):
        asked = replace(query("C673", reference), declaration=Reference(kind=ReferenceKind.MRN, value=B))
        ledger = wire.run(ADAPTER.position(asked, OCCASION))
        assert ledger.lines
        assert ledger.allocations == ()
