"""The adapter against its simulator, over real HTTP, and against answers as no authority should give them."""

import re
import tomllib
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha1
from pathlib import Path

import pytest
from lxml import etree

import adapters.traces
from adapters.traces.adapter import TracesAdapter
from adapters.traces.certex_v06 import BASE, CHED, COMMON, PATH, SOAP
from gateway.contract import (
    AccessRefused,
    AllocationState,
    Answer,
    Quantity,
    ReferenceKind,
    RequestRejected,
    Settings,
    Status,
    UnexpectedAnswer,
    parse_manifest,
)
from gateway.contract.ws_security import WSSE, password_digest
from tests.adapters.traces.port import ADAPTER, PORT, SETTINGS, VALID, asked, occasion, verify
from tests.builders.driving import HOSTILE, Wire

PACKAGE = Path(adapters.traces.__file__).parent
CHED_P = "CHEDP.FR.2026."
STORIES = {
    CHED_P + "0000001": ("70", Status.VALID),
    CHED_P + "0000002": ("42", Status.PENDING),
    CHED_P + "0000003": ("41", Status.REFUSED),
    CHED_P + "0000004": ("70", Status.VALID),
    CHED_P + "0000005": ("70", Status.VALID),
    CHED_P + "0000008": ("42", Status.PENDING),
    CHED_P + "0000009": ("70", Status.VALID),
    CHED_P + "0000010": ("70", Status.REFUSED),
    CHED_P + "0000011": ("122", Status.PARTIALLY_REFUSED),
    CHED_P + "0000012": ("44", Status.WITHDRAWN),
    CHED_P + "0000013": ("70", Status.VALID),
    CHED_P + "0000014": ("70", Status.VALID),
    CHED_P + "0000015": ("47", Status.PENDING),
    CHED_P + "0000016": ("1", Status.PENDING),
    CHED_P + "0000017": ("64", Status.WITHDRAWN),
    CHED_P + "0000018": ("55", Status.WITHDRAWN),
    CHED_P + "0000019": ("68", Status.WITHDRAWN),
    CHED_P + "0000020": ("70", Status.VALID),
    CHED_P + "0000021": ("70", Status.VALID),
    CHED_P + "0000022": ("70", Status.VALID),
    CHED_P + "0000023": ("97", Status.VALID),
    CHED_P + "0000024": ("70", Status.VALID),
    CHED_P + "0000025": ("70", Status.VALID),
    CHED_P + "0000026": ("99", Status.VALID),
    CHED_P + "0000027": ("35", Status.VALID),
    CHED_P + "0000028": ("124", Status.VALID),
    CHED_P + "0000029": ("146", Status.VALID),
    "CHEDA.FR.2026.0000001": ("70", Status.VALID),
    "CHEDD.FR.2026.0000001": ("70", Status.VALID),
    "CHEDPP.FR.2026.0000001": ("70", Status.VALID),
    "CHEDP.XI.2026.0000875": ("70", Status.VALID),
    "CHEDP.XI.2026.0000877": ("1", Status.PENDING),
}


@pytest.mark.parametrize("reference", STORIES)
def test_every_story_has_the_status_that_its_authority_states(wire: Wire, reference: str) -> None:
    answer = verify(wire, reference)
    assert answer.certificate is not None
    assert (answer.certificate.authority_status, answer.status) == STORIES[reference]
    assert answer.certificate.reference == reference


def test_stories_show_every_status_of_the_code_list_and_the_whole_catalogue() -> None:
    codes = tomllib.loads((PACKAGE / "codes.toml").read_text())["status"]
    assert {row["code"] for row in codes} == {code for code, _ in STORIES.values()}
    catalogue = tomllib.loads((PACKAGE / "simulator" / "documents.toml").read_text())["document"]
    assert [document["reference"] for document in catalogue] == list(STORIES)


def test_a_certificate_says_type_decision_lines_and_what_is_left(wire: Wire) -> None:
    answer = verify(wire, CHED_P + "0000025")
    assert answer.certificate is not None
    assert answer.ledger is not None
    (line,) = answer.certificate.lines
    assert (answer.certificate.type, answer.certificate.decision) == ("N853", "ACCEPTABLE_FOR_INTERNAL_MARKET")
    assert (line.number, line.commodity_code, line.origin) == (1, "0401", "GB")
    assert line.quantity == Quantity(value=Decimal(1000), unit="KGM")
    assert answer.ledger.lines[0].available == Quantity(value=Decimal(400), unit="KGM")
    (used,) = answer.ledger.allocations
    assert (used.state, used.declaration.kind, used.declaration.value) == (
        AllocationState.CONSUMED,
        ReferenceKind.MRN,
        "26FR00000000006018",
    )
    assert (used.goods_item, used.certificate_line, used.commodity_code) == (1, 1, "0401")
    assert used.quantity == Quantity(value=Decimal(600), unit="KGM")
    assert (used.customs_office, used.at) == ("FR000001", datetime(2026, 2, 27, 15, 28, 40, tzinfo=UTC))
    assert answer.certificate.facts["purpose"] == "INTERNAL_MARKET"


@pytest.mark.parametrize(
    ("reference", "type_", "code", "unit"),
    [("CHEDA.FR.2026.0000001", "C640", "0101", "H87"), ("CHEDD.FR.2026.0000001", "C678", "12024200", "TNE"),
     ("CHEDPP.FR.2026.0000001", "C085", "08051022", "KGM")],
)  # fmt: skip
def test_each_type_of_ched_has_its_taric_code_and_its_unit(
    wire: Wire, reference: str, type_: str, code: str, unit: str
) -> None:
    answer = verify(wire, reference)
    assert answer.certificate is not None
    assert answer.ledger is not None
    (line,) = answer.certificate.lines
    assert line.quantity is not None
    assert (answer.certificate.type, line.commodity_code, line.quantity.unit) == (type_, code, unit)
    assert answer.ledger.lines[0].available.unit == unit


def test_successors_are_named_only_of_what_is_no_longer_usable(wire: Wire) -> None:
    def successors(reference: str) -> tuple[str, ...]:
        certificate = verify(wire, reference).certificate
        assert certificate is not None
        return certificate.successors

    assert successors(CHED_P + "0000012") == (CHED_P + "0000013",)
    assert successors(CHED_P + "0000019") == (CHED_P + "0000020", CHED_P + "0000021")
    assert successors(CHED_P + "0000017") == ()
    wire.put(CHED_P + "0000013", {"successors": [{"reference": CHED_P + "0000012", "relationship": "AXG"}]})
    assert successors(CHED_P + "0000013") == ()
    wire.put(CHED_P + "0000017", {"successors": [{"reference": CHED_P + "0000001", "relationship": "ZZZ"}]})
    assert successors(CHED_P + "0000017") == ()


def test_a_certificate_becomes_valid_at_the_authority(wire: Wire) -> None:
    assert verify(wire, CHED_P + "0000008").status is Status.PENDING
    wire.put(CHED_P + "0000008", {"status": "70", "decision": "ACCEPTABLE_FOR_INTERNAL_MARKET"})
    assert verify(wire, CHED_P + "0000008").status is Status.VALID


def test_an_unknown_certificate_is_not_found_and_has_no_position(wire: Wire) -> None:
    answer = verify(wire, "CHEDP.FR.2026.9999999")
    assert answer == Answer(status=Status.NOT_FOUND)
    with pytest.raises(UnexpectedAnswer):
        wire.run(ADAPTER.position(asked("CHEDP.FR.2026.9999999"), occasion()))


def test_a_position_that_is_not_told_is_none_never_zero(wire: Wire) -> None:
    answer = verify(wire, CHED_P + "0000024")
    assert answer.status is Status.VALID
    assert answer.ledger is None
    with pytest.raises(UnexpectedAnswer):
        wire.run(ADAPTER.position(asked(CHED_P + "0000024"), occasion()))
    assert wire.run(ADAPTER.position(asked(VALID), occasion())).lines[0].available.value == 20000


@pytest.mark.parametrize("written", ["chedp.fr.2026.0000001", "  CHEDP.FR.2026.0000001 ", "ChedP.fr.2026.0000001\t"])
def test_blanks_around_and_case_do_not_matter(wire: Wire, written: str) -> None:
    answer = verify(wire, written)
    assert answer.certificate is not None
    assert answer.certificate.reference == VALID


@pytest.mark.parametrize(
    "reference", [*HOSTILE, "GBCHD2026.0000001", "0000001", "CHEDP.FR.2026.00000011", "ﬀ", "\U0001f41f"]
)
def test_a_hostile_reference_arrives_as_one_value_and_is_not_found(wire: Wire, reference: str) -> None:
    assert verify(wire, reference).status is Status.NOT_FOUND
    (request,) = wire.sent
    assert request.path == PATH
    sent = etree.fromstring(request.body).findtext(f".//{{{CHED}}}ChedCertificateId")
    assert sent == reference
    state = wire.call("GET", "/_simulator")[1].decode()
    assert re.search(r'"requests": 1\b', state)


@pytest.mark.parametrize("reference", ["a\x00b", "a\x0bb", "\ud800", "a\uffffb"])
def test_a_reference_that_xml_cannot_carry_is_rejected_unsent(reference: str) -> None:
    with pytest.raises(RequestRejected):
        next(ADAPTER.verify(asked(reference), occasion()))


def test_what_goes_out_is_a_read_and_nothing_else() -> None:
    at = occasion(datetime(2026, 9, 29, 14, 12, 2, 966105, tzinfo=UTC))
    request = next(ADAPTER.verify(asked(VALID), at))
    assert request == next(ADAPTER.verify(asked(VALID), at)), "the same occasion makes the same request"
    assert (request.method, request.path, request.expect) == ("POST", PATH, frozenset({200, 500}))
    assert request.headers["SOAPAction"] == (
        '"http://ec.europa.eu/tracesnt/ws/impl/customs_certex/ched/v06/CustomsCertexChedPort/processedChedRequest"'
    )
    envelope = etree.fromstring(request.body)
    (payload,) = envelope.iterfind(f"{{{SOAP}}}Body/*")
    assert payload.tag == f"{{{CHED}}}ProcessedChedRequest"
    assert [(etree.QName(e).localname, (e.text or "")) for e in payload] == [
        ("SendingDate", "2026-09-29T14:12:02.966Z"),
        ("ChedCertificateId", VALID),
        ("CustomsDeclarationReferenceNumber", ""),
        ("CompetentCustomsOffice", ""),
        ("Language", "en"),
        ("QuantityManagementIndication", "0"),
    ]
    assert payload.findtext(f"{{{CHED}}}CompetentCustomsOffice/{{{BASE}}}ReferenceNumber") == "FR000001"
    assert len(payload.find(f"{{{CHED}}}CustomsDeclarationReferenceNumber")) == 0  # type: ignore[arg-type]
    header = envelope.find(f"{{{SOAP}}}Header")
    assert header is not None
    assert header.findtext(f"{{{CHED}}}CertexHeader/{{{BASE}}}MessageId") == at.message_id
    assert header.findtext(f"{{{CHED}}}CertexHeader/{{{BASE}}}UniqRequesterPrefix") == "FR000001"
    token = header.find(f"{{{WSSE}}}Security/{{{WSSE}}}UsernameToken")
    assert token is not None
    nonce = b64decode(token.findtext(f"{{{WSSE}}}Nonce") or "")
    assert nonce == at.nonce
    assert token.findtext(f"{{{WSSE}}}Password") == password_digest(
        nonce, "2026-09-29T14:12:02.966Z", SETTINGS.secrets["authentication_key"]
    )
    assert SETTINGS.secrets["authentication_key"].encode() not in request.body


def named(client: str, user: str) -> TracesAdapter:
    values = {**SETTINGS.values, "web_service_client_id": client, "username": user}
    return TracesAdapter(Settings(values=values, secrets=SETTINGS.secrets))


@pytest.mark.parametrize("name", ["<a>&amp;</a>", "]]>", 'd\'Été "&" fils', " two  blanks ", "a\rb", "\U0001f404"])
def test_names_that_stand_in_the_header_arrive_as_they_are_set(name: str) -> None:
    request = next(named(name, name[::-1]).verify(asked(VALID), occasion()))
    header = etree.fromstring(request.body).find(f"{{{SOAP}}}Header")
    assert header is not None
    assert header.findtext(f"{{{COMMON}}}WebServiceClientId") == name
    assert header.findtext(f".//{{{WSSE}}}Username") == name[::-1]


@pytest.mark.parametrize("name", ["a\x00b", "a\x0bb", "\ud800", "a\uffffb"])
def test_names_that_xml_cannot_carry_are_rejected_unsent(name: str) -> None:
    for place, adapter in (("WebServiceClientId", named(name, "gateway")), ("Username", named("gateway", name))):
        with pytest.raises(RequestRejected, match=place):
            next(adapter.verify(asked(VALID), occasion()))


def test_the_password_digest_is_that_of_the_profile() -> None:
    expected = b64encode(sha1(b"\x01\x02" + b"2026-01-01T00:00:00.000Z" + "clé".encode()).digest()).decode()
    assert password_digest(b"\x01\x02", "2026-01-01T00:00:00.000Z", "clé") == expected


def test_settings_that_are_missing_or_wrong_stop_the_construction() -> None:
    manifest = parse_manifest((PACKAGE / "manifest.toml").read_text())
    assert set(manifest.settings) == set(SETTINGS.values)
    assert set(manifest.secrets) == set(SETTINGS.secrets)
    with pytest.raises(ValueError, match="customs_office"):
        TracesAdapter(Settings(values={**SETTINGS.values, "customs_office": "FR-00000001"}, secrets=SETTINGS.secrets))
    assert "traces-simulator-key" not in repr(PORT)


# --- Security


def test_a_nonce_is_good_once(wire: Wire) -> None:
    at = occasion()
    wire.run(ADAPTER.verify(asked(VALID), at))
    with pytest.raises(AccessRefused):
        wire.run(ADAPTER.verify(asked(VALID), at))


@pytest.mark.parametrize("seconds", [-200, 60])
def test_a_stale_or_early_request_is_refused(wire: Wire, seconds: int) -> None:
    with pytest.raises(AccessRefused):
        wire.run(ADAPTER.verify(asked(VALID), occasion(datetime.now(UTC) + timedelta(seconds=seconds))))


@pytest.mark.parametrize("seconds", [-50, 20])
def test_clocks_may_differ_a_little(wire: Wire, seconds: int) -> None:
    at = occasion(datetime.now(UTC) + timedelta(seconds=seconds))
    assert wire.run(ADAPTER.verify(asked(VALID), at)).status is Status.VALID


@pytest.mark.parametrize("wrong", ["key", "username"])
def test_a_wrong_key_or_account_is_refused(wire: Wire, wrong: str) -> None:
    values, secrets = dict(SETTINGS.values), dict(SETTINGS.secrets)
    if wrong == "key":
        secrets["authentication_key"] = "another"
    else:
        values["username"] = "certificate-port-account"
    with pytest.raises(AccessRefused):
        wire.run(TracesAdapter(Settings(values=values, secrets=secrets)).verify(asked(VALID), occasion()))


def test_the_readme_lists_what_the_simulator_holds() -> None:
    catalogue = tomllib.loads((PACKAGE / "simulator" / "documents.toml").read_text())["document"]
    listed = re.findall(r"^\| (CHED[A-Z]+\.\S+) \| (.*) \|$", (PACKAGE / "README.md").read_text(), flags=re.M)
    assert listed == [(document["reference"], document["story"]) for document in catalogue]
