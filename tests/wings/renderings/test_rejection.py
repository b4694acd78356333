"""Refusals of messages of transit as rejections: each violation with its place, its code and its reason, by the public schema."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from lxml import etree

from gateway.domain.errors import (
    BusinessRuleViolated,
    DeclarationRefused,
    Resubmitted,
    TooLarge,
    UnsupportedFormat,
    Violation,
)
from gateway.intake import Formats
from gateway.wings.renderings.rejection import rejection
from tests.builders.door import KEYS
from tests.builders.running import served
from tests.builders.transit import item, lax_schema, movement, public_schema, transit_formats

AT = datetime(2026, 11, 30, 9, 0, 1, tzinfo=UTC)
ACCEPT = "application/vnd.ncts.cc056c+xml"
TWICE = movement([item(1) + item(1)])


@pytest.fixture
def lax(tmp_path: Path) -> Formats:
    return transit_formats(lax_schema(tmp_path))


def refusal(formats: Formats, raw: bytes) -> DeclarationRefused:
    with pytest.raises(DeclarationRefused) as refused:
        formats.accept(raw, "application/xml")
    return refused.value


def made(raw: bytes, error: DeclarationRefused) -> etree._Element:
    written = rejection(raw, error, AT)
    assert written is not None
    return etree.fromstring(written)


def errors(root: etree._Element) -> Sequence[tuple[str | None, ...]]:
    return [tuple(value.text for value in one) for one in root.findall("FunctionalError")]


def of_rules(*violations: Violation) -> DeclarationRefused:
    return BusinessRuleViolated(violations=violations)


@pytest.fixture
def schema(corpus: Path, tmp_path: Path) -> etree.XMLSchema:
    """The public schema of the message."""
    folder = tmp_path / "xsd"
    folder.mkdir()
    public_schema(folder, corpus)
    return etree.XMLSchema(etree.parse(folder / "cc056c.xsd"))


def test_a_message_that_breaks_its_schema_is_rejected_at_its_place(
    schema: etree.XMLSchema, corpus: Path, tmp_path: Path
) -> None:
    """Acceptance case 14."""
    raw = (corpus / "ncts6" / "validator" / "cc015c-invalid.xml").read_bytes()
    root = made(raw, refusal(transit_formats(public_schema(tmp_path, corpus)), raw))
    assert schema.validate(root), schema.error_log
    assert errors(root) == [("/CC015C/messageRecipient", "13", "GW0045", "3pekcCFaMGmCMz1CPGUlhyml9gJCV6")]
    assert root.findtext("TransitOperation/LRN") == "DHbrfgDQJRm"
    assert (root.findtext("messageRecipient"), root.findtext("correlationIdentifier")) == ("ezv3Z", "wrxe")


def test_it_is_as_the_public_one(schema: etree.XMLSchema, corpus: Path, lax: Formats) -> None:
    raw = movement([item(1) + item(1)], named="<LRN>L1</LRN>").replace(
        b"<TransitOperation>", b"<messageIdentification>m1</messageIdentification><TransitOperation>", 1
    )
    root = made(raw, refusal(lax, raw))
    assert schema.validate(root), schema.error_log
    wanted = etree.parse(corpus / "ncts6" / "expected" / "cc056c-refused.xml").getroot()
    number = root.find("messageIdentification")
    assert number is not None
    number.text = wanted.findtext("messageIdentification")
    assert [(one.tag, (one.text or "").strip()) for one in root.iter()] == [
        (one.tag, (one.text or "").strip()) for one in wanted.iter()
    ]
    assert root.attrib == wanted.attrib


def test_the_same_refusal_at_the_same_time_is_the_same_message(lax: Formats) -> None:
    error = refusal(lax, TWICE)
    assert rejection(TWICE, error, AT) == rejection(TWICE, error, AT)


def test_a_refusal_without_a_place_points_at_the_message(schema: etree.XMLSchema) -> None:
    raw = movement([item(1)])
    for error, code in (
        (Resubmitted("It differs."), "26"),
        (of_rules(Violation(code="SW-INT-999", message="?")), "14"),
    ):
        root = made(raw, error)
        assert schema.validate(root), schema.error_log
        assert [(one[0], one[1]) for one in errors(root)] == [("/CC015C", code)]
        assert "It differs." not in etree.tostring(root, encoding="unicode")


def test_five_hundred_violations_are_all_there(schema: etree.XMLSchema) -> None:
    raw = movement(["".join(item(one) for one in range(1, 501))])
    base = "/CC015C/Consignment/HouseConsignment/ConsignmentItem"
    root = made(
        raw,
        of_rules(
            *(
                Violation(
                    code="SW-INT-124", message="", path=f"{base}[{one}]/declarationGoodsItemNumber", rule="below_zero"
                )
                for one in range(1, 501)
            )
        ),
    )
    assert schema.validate(root), schema.error_log
    assert [(one[2], one[3]) for one in errors(root)] == [("GW0018", str(one)) for one in range(1, 501)]


def test_long_texts_are_cut_and_characters_are_kept(schema: etree.XMLSchema) -> None:
    for text, wanted in (
        ("x" * 600, "x" * 512),
        ("a &lt;b&gt; &amp; \u00e9\u4e2d\U0001f69b\n 'c' \"d\"", "a <b> & \u00e9\u4e2d\U0001f69b 'c' \"d\""),
        (f"{'x' * 511} y", "x" * 511),
    ):
        raw = movement([item(1).replace(">goods<", f">{text}<")])
        place = "/CC015C/Consignment/HouseConsignment/ConsignmentItem/Commodity/descriptionOfGoods"
        far = Violation(code="SW-INT-123", message=text, path="/CC015C/" + "y" * 600, sentence="text_too_long")
        root = made(raw, of_rules(Violation(code="SW-INT-123", message=text, path=place, rule="text_too_long"), far))
        assert schema.validate(root), schema.error_log
        assert errors(root)[0] == (place, "14", "GW0021", wanted)
        assert len(errors(root)[1][0] or "") == 512


def test_what_cannot_be_repeated_is_left_out(schema: etree.XMLSchema) -> None:
    raw = movement([item(1) + item(1)], named=f"<LRN>{'L' * 23}</LRN><MRN>X</MRN>", holder="H" * 18).replace(
        b"<TransitOperation>", b"<messageSender>S</messageSender><TransitOperation>", 1
    )
    root = made(raw, of_rules())
    assert schema.validate(root), schema.error_log
    assert next(one.tag for one in root.iterfind("TransitOperation/*")) == "businessRejectionType"
    assert root.find("HolderOfTheTransitProcedure/*") is None


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"<a/>", of_rules()),
        (b"{}", of_rules()),
        (movement([item(1)], office="nowhere"), of_rules()),
        (movement([item(1)], holder=""), of_rules()),
        (movement([item(1)], root="CC007C"), of_rules()),
        (movement([item(1)]), UnsupportedFormat()),
        (movement([item(1)]), TooLarge()),
    ],
)
def test_what_is_no_refusal_of_transit_has_no_message(raw: bytes, error: DeclarationRefused) -> None:
    assert rejection(raw, error, AT) is None


def test_a_refused_call_is_answered_so_where_it_asks_for_it(
    door_environment: Mapping[str, str], tmp_path: Path
) -> None:
    started = {**door_environment, "GATEWAY_FORMATS__NCTS_015__SCHEMA": str(lax_schema(tmp_path))}
    with served(started) as running, httpx.Client(base_url=running.url, timeout=60, trust_env=False) as client:
        sent = {"X-API-Key": KEYS["customs"], "Content-Type": "application/xml"}
        asked = f"application/problem+json;q=0.5, {ACCEPT}"
        as_message = client.post("/v1/declarations", content=TWICE, headers={**sent, "Accept": asked})
        assert (as_message.status_code, as_message.headers["content-type"]) == (422, ACCEPT)
        assert errors(etree.fromstring(as_message.content))[0][2] == "GW0001"
        usual = client.post("/v1/declarations", content=TWICE, headers=sent)
        assert (usual.status_code, usual.headers["content-type"]) == (422, "application/problem+json")
        assert [one["code"] for one in json.loads(usual.content)["errors"]] == ["SW-INT-101"]
        other = client.post("/v1/declarations", content=b"<a/>", headers={**sent, "Accept": ACCEPT})
        assert other.headers["content-type"] == "application/problem+json"
