"""What an authority that is one file is told of a declaration, and what it says of holders, conditions and companions."""

import json
from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from gateway.conformance.examination import examine
from gateway.conformance.tier import tier_of
from gateway.contract import (
    DocumentQuery,
    Reference,
    ReferenceKind,
    Reported,
    RequestRejected,
    Status,
    UnexpectedAnswer,
)
from gateway.contract.errors import UnreadableValue
from gateway.contract.reading import same_number
from gateway.dispatch.answers import judged
from gateway.domain.adapter_tier import AdapterTier
from gateway.domain.order_lines import unconverted
from tests.builders.driving import OCCASION, replay
from tests.dispatch.declarative.quota import ANSWER, FILE, KEY, MRN, NUMBER, adapter, body, goods, question, told
from tests.dispatch.declarative.soap_office import CONTENT, PARTY, enveloped
from tests.dispatch.declarative.soap_office import FILE as SOAP_FILE
from tests.dispatch.declarative.soap_office import adapter as soap_adapter
from tests.dispatch.declarative.timber import FILE as TIMBER
from tests.dispatch.declarative.timber import changed, faults, line_of

ROW = {"item": 1, "code": "29034200", "origin": "CN", "tonnes": 67.5}
ASKED: dict[str, tuple[DocumentQuery, str, dict[str, Any]]] = {
    # The question, the sum in its address, and what of its body is otherwise.
    "one goods item": (question(goods()), "67.5", {}),
    "two": (question(goods(), goods(2, "0.50")), "68", {"goods": [ROW, {**ROW, "item": 2, "tonnes": 0.5}]}),
    "cited twice by one": (question(goods(), goods()), "67.5", {"goods": [ROW, ROW]}),
    "no origin": (question(goods(origin=None)), "67.5", {"goods": [{**ROW, "origin": ""}]}),
    "no importer": (question(goods(), importer=None), "67.5", {"holder": "FR1"}),
    "a large figure": (question(goods(1, "1e12")), "1000000000000", {"goods": [{**ROW, "tonnes": 10**12}]}),
    "a party with signs": (question(goods(), importer='F"R\\'), "67.5", {"holder": 'F"R\\'}),
}
UNASKED: dict[str, DocumentQuery] = {
    "{lines}": question(),
    "{party}": question(goods(), importer=None, declarant=None),
    "{figure.Y121}": question(goods(1, None)),
    "of one of them": question(goods(), goods(2, None)),
    "{commodity_code}": question(goods(), goods(2, code="29034300")),
    "above zero": question(goods(1, "0.0000001")),
}


@pytest.mark.parametrize("story", list(ASKED))
def test_it_is_told_what_the_file_names_and_nothing_else(story: str) -> None:
    asked, total, more = ASKED[story]
    request = next(adapter().verify(asked, OCCASION))
    assert request.path == f"/search?total={total}"
    plain = {"number": NUMBER, "holder": "FR2", "code": "29034200", "goods": [ROW]}
    assert json.loads(request.body) == plain | more
    assert b"CN7" not in request.body


@pytest.mark.parametrize("story", list(UNASKED))
def test_what_the_declaration_does_not_say_is_not_asked(story: str) -> None:
    with pytest.raises(RequestRejected):
        next(adapter().verify(UNASKED[story], OCCASION))


def test_it_names_holders_conditions_and_companions() -> None:
    asked = question(goods())

    def answered(**more: Any) -> Any:
        found = replay(adapter().verify(asked, OCCASION), (200, body({**ANSWER, **more})))
        return judged(found, asked, ["C690"], unconverted, same=same_number)

    answer = answered()
    record = answer.certificate
    assert (answer.status, record.holder, record.holders) == (Status.VALID, None, ("FR9", "FR2"))
    assert (record.conditions, record.facts) == (("LABEL_AS_SEED",), {"companions": '["ZW/1", "ZW/2"]'})
    assert answered(companions=[]).certificate.facts == {"companions": "[]"}
    for more in ({"holders": None}, {"conditions": ["?"]}, {"companions": "ZW/1"}, {"asked_for": "FR1"}):
        with pytest.raises(UnexpectedAnswer):
            answered(**more)
    with pytest.raises(UnreadableValue, match="one of several twice"):
        answered(holders=["FR2", "FR2"])
    both = replace(answer, certificate=replace(record, holder="FR2"))
    with pytest.raises(UnreadableValue, match="one holder and several"):
        judged(both, asked, ["C690"], unconverted, same=same_number)


SOAP = changed(
    ('status = "t:state/@code"\n', """status = "t:state/@code"
line = '''<t:item no="{goods_item}" origin="{origin}"><t:code>{commodity_code}</t:code></t:item>'''
optional = ["origin"]
"""),
    ("<t:number>{reference}</t:number></t:Read>", "<t:number>{reference}</t:number><t:eori>{party.importer}</t:eori>{lines}</t:Read>"),
    ('valid_to = {', 'holders = { path = "t:holders/t:eori", empty = true }\nvalid_to = {'),
    ("holder = { path = \"t:party[@role = 'holder']/t:eori\", null = \"not stated\", optional = true }\n", ""),
    text=SOAP_FILE,
)  # fmt: skip


def test_it_is_told_in_soap_as_well() -> None:
    asked = question(goods(), goods(2, origin=None), importer="F<R&")
    sent = etree.fromstring(next(soap_adapter(SOAP).verify(asked, OCCASION)).body)
    (read,) = sent.iter("{urn:timber:1}Read")
    assert [one.text for one in read.iter("{urn:timber:1}eori")] == ["F<R&"]
    items = [dict(one.attrib) for one in read.iter("{urn:timber:1}item")]
    assert items == [{"no": "1", "origin": "CN"}, {"no": "2", "origin": ""}]
    for named, holders in (("<t:eori>FR9</t:eori><t:eori>FR2</t:eori>", ("FR9", "FR2")), ("", ())):
        content = CONTENT.replace(PARTY, f"<t:holders>{named}</t:holders>").replace(
            "<t:number>7<", f"<t:number>{NUMBER}<"
        )
        answer = replay(soap_adapter(SOAP).verify(asked, OCCASION), (200, enveloped(content)))
        assert answer.certificate is not None
        assert answer.certificate.holders == holders
    with pytest.raises(UnexpectedAnswer):
        replay(
            soap_adapter(SOAP).verify(asked, OCCASION), (200, enveloped(content.replace("<t:holders></t:holders>", "")))
        )


RECEIPT: dict[str, Any] = {"number": NUMBER, "mrn": MRN, "key": KEY, "items": [1, 2]}
HAS: dict[str, Any] = {"number": NUMBER, "mrn": MRN, "releases": [{"key": KEY, "lines": [{"item": 1}, {"item": 2}]}]}
REPORTED = Reported(key=KEY, goods_items=(1, 2))


def test_a_release_is_reported_and_read_back() -> None:
    order = told(goods(), goods(2, origin=None))
    request = next(adapter().report(order, OCCASION))
    assert (request.method, request.path, request.moves) == ("POST", "/releases", True)
    lines = [{"item": 1, "origin": "CN"}, {"item": 2, "origin": ""}]
    assert json.loads(request.body) == {
        "number": NUMBER, "mrn": MRN, "key": KEY, "on": "2026-12-01", "lines": lines,
    }  # fmt: skip
    assert replay(adapter().report(order, OCCASION), (200, body(RECEIPT))) == REPORTED
    asked = replace(question(), declaration=order.declaration)
    request = next(adapter().reported(asked, OCCASION))
    assert (request.path, request.moves) == (f"/releases?number=QU%2F17&mrn={MRN}", False)
    assert replay(adapter().reported(asked, OCCASION), (200, body(HAS))) == (REPORTED,)
    spoilt: dict[str, Any]
    for spoilt in ({"key": KEY[::-1]}, {"mrn": MRN[::-1]}, {"number": "QU/18"}, {"items": None}, {"items": ["x"]}):
        with pytest.raises(UnexpectedAnswer):
            replay(adapter().report(order, OCCASION), (200, body({**RECEIPT, **spoilt})))
    for spoilt in ({"mrn": MRN[::-1]}, {"releases": None}, {"releases": [{"key": KEY}]}):
        with pytest.raises(UnexpectedAnswer):
            replay(adapter().reported(asked, OCCASION), (200, body({**HAS, **spoilt})))


@pytest.mark.parametrize("declaration", [None, Reference(kind=ReferenceKind.LRN, value="X")])
def test_reports_are_read_of_an_accepted_declaration(declaration: Reference | None) -> None:
    with pytest.raises(RequestRejected):
        next(adapter().reported(replace(question(), declaration=declaration), OCCASION))


REPORT = FILE[FILE.index("[report]\n") : FILE.index("[reported]\n")]
READ_BACK = FILE[FILE.index("[reported]\n") : FILE.index("[[status]]\n")]
FAULTS: dict[str, tuple[tuple[str, str], str, str]] = {
    # What is changed, where its line is, and what is said.
    "a role that is none": (('["importer", "declarant"]', '["buyer"]'), "parties", "unknown 'buyer'; it knows declarant"),
    "a role that stands twice": (('["importer", "declarant"]', '["importer", "importer"]'), "parties", "stands twice"),
    "a role behind the declarant": (('["importer", "declarant"]', '["declarant", "importer"]'), "parties", "always declared"),
    "a party of nobody": (('parties = ["importer", "declarant"]\n', ""), "[verify]", 'parties = ["importer", "declarant"]'),
    "rows without a template": (("line = '''{\"item\": {goods_item}, \"code\"", "rows = '''{\"item\": {goods_item}, \"code\""), "[verify]", "{lines} is used, and there is no template `line`"),
    "a figure that has no code": (("total={figure.Y121}", "total={figure.Y1}"), "path = ", "unknown name {figure.Y1}"),
    "a party that has no role": (("total={figure.Y121}", "total={party.buyer}"), "path = ", "is 'party.holder' meant?"),
    "a figure that may be left out": (('origin": "{origin}", "tonnes": {figure.Y121}}\'\'\'\noptional = ["origin"]', 'origin": "{origin}", "tonnes": {figure.Y121}}\'\'\'\noptional = ["figure.Y121"]'), "optional", "unknown 'figure.Y121'"),
    "a number that may be left out": (('"tonnes": {figure.Y121}}\'\'\'\noptional = ["origin"]', '"tonnes": {quantity}}\'\'\'\noptional = ["quantity"]'), "body = '''{\"number\": \"{reference}\", \"holder\"", "does not give JSON"),
    "one holder and several": (('holders = "$.holders[*]"', 'holders = "$.holders[*]"\nholder = "$.holder"'), "holders = ", "one holder or several"),
    "a list that is none": (('"$.companions[*]", list', '"$.companions", list'), "companions", "it has no [*]"),
    "a report that is not claimed": (('"verify", "report"', '"verify"'), "capabilities", "report is claimed if, and only if"),
    "a report that is not described": ((REPORT, ""), "[reported]", "[report] is missing"),
    "a report that is not read back": ((READ_BACK, ""), "[report]", "read back by its key"),
    "a report without its key": (('"key": "{key}", "on"', '"on"'), "[report]", "does not say {key}"),
    "a receipt of any report": (('"$.mrn" = "{mrn}", "$.key" = "{key}" }', '"$.mrn" = "{mrn}" }'), 'same = { "$.number" = "{reference}", "$.mrn"', "compared with {key}"),
    "a quantity in a report": (('{"item": {goods_item}, "origin"', '{"item": {goods_item}, "q": "{quantity}", "origin"'), "line = '''{\"item\": {goods_item}, \"q\"", "unknown name {quantity}"),
}  # fmt: skip


@pytest.mark.parametrize("story", list(FAULTS))
def test_a_fault_is_said_with_its_line(story: str) -> None:
    change, part, what = FAULTS[story]
    text = changed(change, text=FILE)
    found = faults(text)
    assert [line for line, said in found if what in said] == [line_of(text, part)], found


@pytest.mark.whole
def test_it_passes_the_kit() -> None:
    report = examine("quota_office", "tests.dispatch.declarative.quota_office", most=12)
    assert [str(one) for one in report.nonconformities] == []
    assert tier_of(report, None) is AdapterTier.CONFORMANT


def test_a_position_is_not_asked_for_by_what_is_not_known_then() -> None:
    found = faults(changed(("&page={page}", "&page={page}&code={commodity_code}&on={accepted_on}"), text=TIMBER))
    assert [what for _, what in found] == [
        "verify: the position is read by these requests too, and {accepted_on}, {commodity_code} is not known then: "
        "ask by the number alone, or say position = false, or write an adapter"
    ]


def test_all_faults_are_told_at_once() -> None:
    parts = (("total={figure.Y121}", "total={figure.Y1}"), (READ_BACK, ""), ('["importer", "declarant"]', '["buyer"]'))
    assert len(faults(changed(*parts, text=FILE))) == 3
