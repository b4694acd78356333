"""SOAP by a file: envelopes of both versions, faults, and answers in XML."""

from base64 import b64encode
from hashlib import sha1
from typing import Any

import pytest
from lxml import etree

from gateway.contract import AccessRefused, Occasion, RequestRejected, Status, Unavailable, UnexpectedAnswer
from tests.builders.driving import HOSTILE, OCCASION, query
from tests.dispatch.declarative.soap_office import CONTENT, FILE, PARTY, S11, S12, adapter, enveloped, verified
from tests.dispatch.declarative.timber import changed, faults, line_of


def test_a_request_is_an_envelope() -> None:
    request = next(adapter().verify(query("C690", "7"), OCCASION))
    assert (request.method, request.path, request.headers["SOAPAction"]) == ("POST", "/service", '"urn:timber:1/read"')
    assert request.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert request.expect == {200, 400, 500}
    root = etree.fromstring(request.body)
    created = root.findtext(".//{*}Created") or ""
    digest = sha1(OCCASION.nonce + created.encode() + b"secret").digest()
    assert root.tag == f"{{{S11}}}Envelope"
    assert root.findtext(".//{urn:timber:1}Client") == "a<b>"
    assert root.findtext(".//{*}Username") == "a<b>"
    assert root.findtext(".//{*}Password") == b64encode(digest).decode()
    assert b"secret" not in request.body
    assert root.findtext(".//{*}Nonce") == b64encode(OCCASION.nonce).decode()


def test_each_request_has_a_nonce_of_its_own() -> None:
    other = Occasion(at=OCCASION.at, nonce=b"x" * 16, message_id="0" * 32)
    one, two = (next(adapter().verify(query("C690", "7"), occasion)).body for occasion in (OCCASION, other))
    assert one != two


def test_version_1_2_says_its_action_in_the_type() -> None:
    # Its faults are made of other elements.
    rows = FILE[FILE.index("[[fault]]") : FILE.index("[[status]]")]
    text = changed(('version = "1.1"', 'version = "1.2"'), (rows, ""), text=FILE)
    request = next(adapter(text).verify(query("C690", "7"), OCCASION))
    assert request.headers == {"Content-Type": 'application/soap+xml; charset=utf-8; action="urn:timber:1/read"'}
    assert verified(enveloped(CONTENT, S12), text=text).status is Status.VALID
    with pytest.raises(UnexpectedAnswer):
        verified(enveloped(CONTENT, S11), text=text)


@pytest.mark.parametrize("reference", HOSTILE)
def test_a_hostile_reference_is_one_value(reference: str) -> None:
    root = etree.fromstring(next(adapter().verify(query("C690", reference), OCCASION)).body)
    (payload,) = root.find(f"{{{S11}}}Body")  # type: ignore[misc]
    (number,) = payload
    assert number.text == reference


@pytest.mark.parametrize("reference", ["\x00", "a\ud800", "\ufffe"])
def test_what_xml_cannot_carry_is_not_sent(reference: str) -> None:
    with pytest.raises(RequestRejected):
        next(adapter().verify(query("C690", reference), OCCASION))


def test_facts_stand_in_elements_and_attributes() -> None:
    answer = verified(enveloped(CONTENT))
    certificate = answer.certificate
    assert certificate is not None
    assert (answer.status, certificate.reference, certificate.holder, certificate.valid_to) == (
        Status.VALID,
        "7",
        None,
        None,
    )
    assert [(line.number, line.commodity_code, str(line.quantity.value)) for line in certificate.lines if line.quantity] == [
        (1, "4407", "5"), (2, "4407", "5"),
    ]  # fmt: skip
    assert (
        verified(enveloped('<t:L xmlns:t="urn:timber:1"><t:number>7</t:number><t:unknown/></t:L>')).status
        is Status.NOT_FOUND
    )


def party(eori: str) -> str:
    """The answer with a holder."""
    return CONTENT.replace(PARTY, f'<t:party role="agent"/><t:party role="holder">{eori}</t:party>')


def test_nil_is_null_and_absent_is_absent() -> None:
    nil = '<t:eori xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:nil="true"/>'
    assert verified(enveloped(party("<t:eori>FR1</t:eori>"))).certificate.holder == "FR1"  # type: ignore[union-attr]
    assert verified(enveloped(party(nil))).certificate.holder is None  # type: ignore[union-attr]
    for content in (
        party("<t:eori/>"),
        party("<t:eori><t:x/></t:eori>"),
        party("<t:eori>1</t:eori><t:eori>2</t:eori>"),
    ):
        with pytest.raises(UnexpectedAnswer):
            verified(enveloped(content))


@pytest.mark.parametrize(
    ("status", "body", "raised"),
    [
        (500, enveloped("<e:Fault xmlns:e='S'><faultcode>x</faultcode></e:Fault>".replace("'S'", f"'{S11}'")), UnexpectedAnswer),
        (500, enveloped(f"<e:Fault xmlns:e='{S11}'><faultstring>too BUSY now</faultstring></e:Fault>"), Unavailable),
        (500, enveloped(f"<e:Fault xmlns:e='{S11}'><detail><t:Denied xmlns:t='urn:timber:1'/></detail></e:Fault>"), AccessRefused),
        (200, enveloped(f"<e:Fault xmlns:e='{S11}'><detail><t:Denied xmlns:t='urn:timber:1'/></detail></e:Fault>"), AccessRefused),
        (500, enveloped(CONTENT), Unavailable),
        (500, b"<html>", Unavailable),
        (200, b"<html/>", UnexpectedAnswer),
        (200, enveloped(""), UnexpectedAnswer),
        (200, enveloped(CONTENT + CONTENT), UnexpectedAnswer),
        (200, CONTENT.encode(), UnexpectedAnswer),
        (200, b"", UnexpectedAnswer),
        (200, b'<!DOCTYPE a [<!ENTITY b "c">]>' + enveloped(CONTENT), UnexpectedAnswer),
        (200, enveloped(CONTENT.replace("<t:number>7", "<t:number>8")), UnexpectedAnswer),
        (200, enveloped(CONTENT.replace("<t:number>", "<t:number/><t:number>")), UnexpectedAnswer),
        (200, enveloped(CONTENT.replace('code="1"', 'code="2"')), UnexpectedAnswer),
        (200, enveloped(CONTENT.replace('unit="MTQ"', "")), UnexpectedAnswer),
        (200, enveloped(CONTENT.replace(">5<", ">5,0<")), UnexpectedAnswer),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_none(status: int, body: bytes, raised: type[Exception]) -> None:
    with pytest.raises(raised) as found:
        verified(body, status=status)
    assert type(found.value) is raised


def test_no_beginning_of_an_answer_is_an_answer() -> None:
    whole = enveloped(CONTENT)
    for length in range(len(whole)):
        with pytest.raises(UnexpectedAnswer):
            verified(whole[:length])


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('version = "1.1"', 'version = "1.3"', "unknown '1.3'"),
        ("</t:Client>'''", "'''", "does not give XML"),
        ("</t:Read>'''", "'''", "does not give XML"),
        ('<t:Read xmlns:t="urn:timber:1">', "<t:Read>", "does not give XML"),
        ('password = "key"', 'password = "other"', "never the password itself"),
        ('username = "{settings.client}"', 'username = "{settings.user}"', "unknown name"),
        ('action = "urn:timber:1/read"', "action = 'a\"b'", "printable ASCII without quotes"),
        ('path = "/service"', 'path = "/service"\nmethod = "GET"', "SOAP is sent by POST"),
        ('status = "t:state/@code"', 'status = "x:state"', "has no namespace"),
        ('there = "detail/t:Denied"', 'there = "detail//t:Denied"', "nothing else"),
    ],
)
def test_a_fault_of_soap_is_said_with_its_line(old: str, new: str, what: str) -> None:
    text = FILE.replace(old, new)
    lines: list[Any] = [line for line, said in faults(text) if what in said]
    assert lines == [
        line_of(text, new.split("\n")[-1] if "method" in new else new)
        if "'''" not in new and "t:Read>" not in new
        else lines[0]
    ]
    assert lines
