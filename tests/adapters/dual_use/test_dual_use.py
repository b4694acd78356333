"""The adapter for dual-use authorisations, against its simulated authority over real HTTP."""

import json
import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

import adapters.dual_use
from adapters.dual_use.simulator import SIMULATOR
from gateway.contract import (
    AccessRefused,
    Answer,
    Direction,
    Quantity,
    RequestRejected,
    Status,
    UnexpectedAnswer,
    parse_manifest,
)
from tests.adapters.dual_use.asking import ADAPTER, NULLABLE, REGISTRATION, VALID, answer_of, read, token, verify
from tests.builders.driving import HOSTILE, OCCASION, Wire, query, recording_server, spoilt

PACKAGE = Path(adapters.dual_use.__file__).parent

STORIES = {
    "DU.FR.2026.0000001": ("X060", "VALID", Status.VALID),
    "DU.FR.2026.0000002": ("X060", "EXPIRED", Status.EXPIRED),
    "DU.FR.2026.0000003": ("X060", "SUSPENDED", Status.SUSPENDED),
    "DU.FR.2026.0000004": ("X060", "REVOKED", Status.REFUSED),
    "DU.FR.2026.0000005": ("X060", "DENIED", Status.REFUSED),
    "DU.FR.2026.0000006": ("X060", "EXHAUSTED", Status.REFUSED),
    "DU.FR.2026.0000007": ("X060", "VALID", Status.VALID),
    "DU.DE.2026.0000008": ("X060", "VALID", Status.VALID),
    "DU.FR.2026.0000009": ("X060", "VALID", Status.VALID),
    "DU.FR.2026.0000010": ("X070", "VALID", Status.VALID),
    "DU.FR.2026.0000011": ("X060", "VALID", Status.VALID),
    "DU.FR.2026.0000012": ("X072", "VALID", Status.VALID),
    "DU.FR.2026.0000013": ("X060", "ANNULLED", Status.REFUSED),
    "BAFA/AL/2026/0071": ("X060", "VALID", Status.VALID),
    "DU.FR.2026.0000014": ("X060", "VALID", Status.VALID),
    "EU001/FR/2026/00017": ("X061", "VALID", Status.VALID),
    "NGA/FR/2026/00003": ("X071", "VALID", Status.VALID),
    "DU.FR.2026.0000015": ("X060", "VALID", Status.VALID),
    "DU.FR.2026.0000016": ("X070", "VALID", Status.VALID),
    "DU.FR.2026.0000017": ("X060", "VALID", Status.VALID),
    **{f"EU00{number}/FR/2026/00017": (f"X06{number}", "VALID", Status.VALID) for number in range(2, 9)},
}


@pytest.mark.parametrize("reference", STORIES)
def test_every_story_has_the_type_and_status_that_its_authority_states(wire: Wire, reference: str) -> None:
    answer = verify(wire, reference)
    assert answer.certificate is not None
    assert (answer.certificate.type, answer.certificate.authority_status, answer.status) == STORIES[reference]
    assert answer.certificate.reference == reference


def test_stories_show_every_status_of_the_code_list_and_the_whole_catalogue() -> None:
    codes = tomllib.loads((PACKAGE / "codes.toml").read_text())["status"]
    assert {row["code"]: Status(row["means"]) for row in codes} == {c: s for _, c, s in STORIES.values()}
    catalogue = tomllib.loads((PACKAGE / "simulator" / "documents.toml").read_text())["document"]
    assert [document["reference"] for document in catalogue] == list(STORIES)


def test_every_type_of_the_manifest_is_a_kind_of_authorisation_and_says_whether_it_is_written_off() -> None:
    codes = tomllib.loads((PACKAGE / "codes.toml").read_text())
    manifest = parse_manifest((PACKAGE / "manifest.toml").read_text())
    assert tuple(row["means"] for row in codes["licence_type"]) == manifest.document_types
    kinds = {row["code"]: row["means"] for row in codes["write_off"]}
    assert kinds.keys() == {row["code"] for row in codes["licence_type"]}
    assert [kind for kind, means in kinds.items() if means == "expected"] == ["INDIVIDUAL", "GLOBAL", "TRANSIT"]
    assert (manifest.auth.kinds, manifest.secrets) == (("oauth2_client_credentials",), ("client_id", "client_secret"))


def test_a_licence_carries_holder_destination_validity_and_what_is_left(wire: Wire) -> None:
    answer = verify(wire, VALID)
    assert answer.certificate is not None
    assert answer.ledger is not None
    (line,) = answer.certificate.lines
    assert (answer.certificate.holder, answer.certificate.destinations) == ("FR12345678901234", ("US",))
    assert (answer.certificate.valid_from, answer.certificate.valid_to) == (date(2026, 1, 1), date(2027, 12, 31))
    assert (line.commodity_code, line.description, line.amount) == ("8806", "9A012", None)
    assert line.quantity == Quantity(value=Decimal(25), unit="H87")
    assert [(left.number, left.available) for left in answer.ledger.lines] == [(1, line.quantity)]
    assert answer.certificate.facts["write_off"] == "expected"
    assert answer.certificate.facts["end_user_country"] == "US"


def test_not_found_is_the_authoritys_own_word(wire: Wire) -> None:
    assert verify(wire, "DU.FR.2026.9999999") == Answer(status=Status.NOT_FOUND)


def test_a_wrong_address_is_never_not_found(wire: Wire) -> None:
    status, body = wire.call("GET", "/api/v2/export-licences?number=A")
    assert status == 404
    assert 404 not in next(ADAPTER.verify(query("X060", "A"), OCCASION)).expect
    with pytest.raises(UnexpectedAnswer):
        read("A", body)


def test_a_registration_has_no_position_and_says_that_none_is_expected(wire: Wire) -> None:
    answer = verify(wire, REGISTRATION)
    assert answer.certificate is not None
    assert answer.ledger is None
    assert (answer.certificate.valid_to, answer.certificate.facts["write_off"]) == (None, "none")
    assert "US" in answer.certificate.destinations
    with pytest.raises(UnexpectedAnswer):
        wire.run(ADAPTER.position(query("X061", REGISTRATION), OCCASION))
    national = verify(wire, "NGA/FR/2026/00003").certificate
    assert national is not None
    assert national.destinations == ()


def test_any_number_of_the_load_range_is_valid(wire: Wire) -> None:
    answer = verify(wire, "du.xx.2026.1000042")
    assert answer.status is Status.VALID
    assert answer.certificate is not None
    assert answer.certificate.lines[0].quantity == Quantity(value=Decimal(10**9), unit="H87")


def test_a_suspension_shows_as_soon_as_the_authority_makes_it(wire: Wire) -> None:
    wire.put(VALID, {"status": "SUSPENDED"})
    assert verify(wire, VALID).status is Status.SUSPENDED
    wire.put("DU.FR.2026.0000777", {"holder_eori": "IT11111111111"})
    fresh = verify(wire, "DU.FR.2026.0000777").certificate
    assert fresh is not None
    assert fresh.holder == "IT11111111111"


def test_credentials_are_checked(simulator: str) -> None:
    for headers in ({}, {"Authorization": "Bearer made-up"}, {"Authorization": f"Basic {token(simulator)}"}):
        with pytest.raises(AccessRefused):
            verify(Wire(simulator, headers), VALID)
    with pytest.raises(AssertionError, match="invalid_client"):
        token(simulator, secret="wrong")


def test_a_number_is_needed(wire: Wire) -> None:
    with pytest.raises(RequestRejected):
        verify(wire, "")


@pytest.mark.parametrize("fault", ["unknown_status", "html", "empty", "truncated"])
def test_an_authority_that_talks_nonsense_leaves_it_undetermined(wire: Wire, fault: str) -> None:
    wire.control("POST", "faults", {"fault": fault, "reference": VALID})
    with pytest.raises(UnexpectedAnswer):
        verify(wire, VALID)


@pytest.mark.parametrize("key", ["status", "type"])
def test_an_unheard_of_code_raises_whatever_else_the_record_says(wire: Wire, key: str) -> None:
    for code in ("LARGE_PROJECT", "valid", "individual", "VALID ", "EU009"):
        wire.put(VALID, {key: code})
        with pytest.raises(UnexpectedAnswer):
            verify(wire, VALID)


def test_a_code_that_was_not_in_force_yet_is_not_known(wire: Wire) -> None:
    earlier = replace(OCCASION, at=datetime(2021, 9, 8, tzinfo=UTC))
    with pytest.raises(UnexpectedAnswer):
        wire.run(ADAPTER.verify(query("X060", VALID), earlier))


@pytest.mark.parametrize("reference", [*HOSTILE, ".", ".."])
def test_a_hostile_reference_arrives_as_one_value(wire: Wire, reference: str) -> None:
    assert verify(wire, reference).status is Status.NOT_FOUND
    with recording_server(200, json.dumps({"number": reference, "licence": None}).encode()) as (url, targets):
        assert verify(Wire(url, {}), reference).status is Status.NOT_FOUND
    (target,) = (urlsplit(target) for target in targets)
    assert target.path == "/api/v1/export-licences"
    assert parse_qs(target.query, strict_parsing=True) == {"number": [reference]}
    assert target.fragment == ""


@pytest.mark.parametrize("reference", [VALID, REGISTRATION, "DU.FR.2026.0000009", "DU.FR.2026.9999999"])
def test_no_beginning_of_an_answer_is_an_answer(wire: Wire, reference: str) -> None:
    whole = answer_of(wire, reference)
    assert read(reference, whole).status in {Status.VALID, Status.NOT_FOUND}
    for length in range(len(whole)):
        with pytest.raises(UnexpectedAnswer):
            read(reference, whole[:length])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"<html><body>Not Found</body></html>",
        b'{"detail": "Not Found"}',
        b'{"number": "A"}',
        b'{"licence": null}',
        b'{"number": "B", "licence": null}',
        b'{"number": "A", "licence": {}}',
        b'{"number": "A", "licence": []}',
        b'{"number": "A", "licence": false}',
        b'{"number": "A", "licence": null, "licence": null}',
        b"\xff\xfe",
    ],
)
def test_what_is_not_this_authoritys_own_word_is_neither_valid_nor_not_found(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer):
        read("A", body)


def test_every_spoilt_place_of_an_answer_is_unexpected(wire: Wire) -> None:
    reference = "DU.FR.2026.0000009"
    answer = json.loads(answer_of(wire, reference))
    assert read(reference, json.dumps(answer).encode()).status is Status.VALID
    places = list(spoilt(answer, NULLABLE))
    assert len(places) > 200
    for place, changed in places:
        with pytest.raises(UnexpectedAnswer):
            pytest.fail(f"{place}: {read(reference, json.dumps(changed).encode())}")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"valid_from": "2026-01-01"', '"valid_from": null'),
        ('"valid_from": "2026-01-01"', '"valid_from": "2028-01-01"'),
        ('"valid_to": "2027-12-31"', '"valid_to": "2027-12-32"'),
        ('"destinations": ["US"]', '"destinations": null'),
        ('"destinations": ["US"]', '"destinations": []'),
        ('"destinations": ["US"]', '"destinations": ["us"]'),
        ('"destinations": ["US"]', '"destinations": "US"'),
        ('"licence": {"number": "DU.FR.2026.0000009"', '"licence": {"number": "DU.FR.2026.0000001"'),
        ('"value": "5"', '"value": "26"'),
        ('"value": "5"', '"value": "5", "value": "5"'),
        ('{"value": "5", "unit": "H87"}', "null"),
        ('{"value": "5", "unit": "H87"}', '{"value": "5", "unit": "KGM"}'),
        ('{"value": "150000.00", "currency": "EUR"}', "null"),
        ('{"value": "150000.00", "currency": "EUR"}', '{"value": "150000.00", "currency": "USD"}'),
        ('{"value": "150000.00", "currency": "EUR"}', '{"value": "750000.01", "currency": "EUR"}'),
        ('"value": "150000.00"', '"value": Infinity'),
        ('"control_code": "9A012"', '"control_code": "9F012"'),
        ('"cn_code": "8806"', '"cn_code": "88"'),
    ],
)
def test_an_answer_that_contradicts_itself_is_unexpected(wire: Wire, old: str, new: str) -> None:
    whole = answer_of(wire, "DU.FR.2026.0000009").decode()
    assert old in whole
    with pytest.raises(UnexpectedAnswer):
        read("DU.FR.2026.0000009", whole.replace(old, new, 1).encode())


def test_a_licence_without_lines_or_with_a_line_twice_is_unexpected(wire: Wire) -> None:
    answer = json.loads(answer_of(wire, VALID))
    answer["licence"]["balance"] = None
    for times in (0, 2):
        with pytest.raises(UnexpectedAnswer):
            read(
                VALID,
                json.dumps(
                    {**answer, "licence": {**answer["licence"], "lines": answer["licence"]["lines"] * times}}
                ).encode(),
            )


def test_the_request_is_one_and_the_same_for_one_occasion(wire: Wire) -> None:
    verify(wire, REGISTRATION)
    (sent,) = wire.sent
    assert sent == next(ADAPTER.verify(query("X060", REGISTRATION, Direction.EXPORT), OCCASION))
    assert (sent.method, sent.body, sent.expect) == ("GET", b"", frozenset({200}))
    assert sent.path == "/api/v1/export-licences?number=EU001%2FFR%2F2026%2F00017"
    assert sent.headers["X-Request-Id"] == OCCASION.message_id
    assert not {name.lower() for name in sent.headers} & {"authorization", "host", "cookie"}


def test_the_simulator_tells_the_credentials_that_the_manifest_asks_for() -> None:
    manifest = parse_manifest((PACKAGE / "manifest.toml").read_text())
    assert tuple(SIMULATOR.credentials) == manifest.secrets


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
