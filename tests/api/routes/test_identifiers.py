"""MRNs with a wrong check character are refused from traders, and taken from customs with a warning; blanks are told."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.domain.mrn import check_character
from tests.api.asking import Goods, message, mrn_of
from tests.builders.door import EORIS, OWN, Door

PREVIOUS = "<PreviousDocument><type>{kind}</type><referenceNumber>{reference}</referenceNumber></PreviousDocument>"
WAIT = {"Prefer": "wait=30"}


def mistyped(mrn: str) -> str:
    """The same MRN with another check character."""
    return mrn[:-1] + str((int(mrn[-1]) + 1) % 10)


def citing(goods: Goods, kind: str, reference: str) -> bytes:
    """The goods' first version without an MRN, which cites a previous document."""
    raw = goods.message(mrn=False)
    head, procedure, rest = raw.partition(b"</GoodsItem>")
    assert procedure
    previous = PREVIOUS.format(kind=kind, reference=reference)
    before, statement, after = head.rpartition(b"</AdditionalReference>")
    return before + statement + previous.encode() + after + procedure + rest


@pytest.mark.parametrize("path", ["/v1/declarations", "/v1/preflight"])
def test_a_trader_learns_that_it_is_mistyped(door: Door, path: str) -> None:
    goods = Goods(door)
    mrn = mrn_of(goods)
    wrong = mistyped(mrn)
    refused = goods.post("trader", path, content=goods.message().replace(mrn.encode(), wrong.encode()))
    assert (refused.status_code, refused.json()["code"]) == (422, "SW-INT-015"), refused.text
    (told,) = refused.json()["errors"]
    assert (told["code"], told["path"], told["rule"]) == ("SW-INT-131", "/Declaration/MRN", "mrn_check_character")
    assert wrong in told["message"]
    assert mrn not in refused.text, "what it would have to be is not told: another character may be the wrong one"


@pytest.mark.parametrize(("language", "word"), [("de", "Prüfzeichen"), ("fr", "caractère de contrôle")])
def test_it_is_told_in_the_callers_language(door: Door, language: str, word: str) -> None:
    goods = Goods(door)
    raw = citing(goods, "NMRN", mistyped(mrn_of(goods)))
    refused = door["trader"].post(
        "/v1/declarations", content=raw, headers={"Content-Type": "application/xml", "Accept-Language": language}
    )
    (told,) = refused.json()["errors"]
    assert (refused.status_code, told["code"]) == (422, "SW-INT-132"), refused.text
    assert word in told["message"]


def test_a_previous_documents_mrn(door: Door) -> None:
    goods = Goods(door)
    wrong = mistyped(mrn_of(goods))
    refused = goods.post("trader", "/v1/declarations", content=citing(goods, "N821", wrong))
    assert (refused.status_code, refused.json()["code"]) == (422, "SW-INT-015"), refused.text
    assert refused.json()["errors"][0]["path"].endswith("/PreviousDocument/referenceNumber")
    taken = goods.post("trader", "/v1/declarations", content=citing(goods, "N337", "TS-2026-1"))
    assert taken.status_code == 200, taken.text
    other = Goods(door)
    told = goods.post("customs", "/v1/declarations", content=citing(other, "N821", wrong))
    assert "SW-DEC-261" in {finding["code"] for finding in told.json()["decision"]["findings"]}, told.text


def test_a_previous_mrn_that_customs_gave_is_cited_as_it_is(door: Door) -> None:
    earlier = Goods(door)
    wrong = mistyped(mrn_of(earlier))
    given = earlier.post(
        "customs", "/v1/declarations", content=earlier.message().replace(mrn_of(earlier).encode(), wrong.encode())
    )
    assert given.status_code == 200, given.text
    nowhere = mistyped("26FR7777777777778" + check_character("26FR7777777777778"))
    for path in ("/v1/preflight", "/v1/declarations"):
        taken = earlier.post("trader", path, content=citing(Goods(door), "NMRN", wrong))
        assert taken.status_code == 200, taken.text
        assert "SW-DEC-261" in {finding["code"] for finding in taken.json()["decision"]["findings"]}, taken.text
        unknown = earlier.post("trader", path, content=citing(Goods(door), "NMRN", nowhere))
        assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (422, "SW-INT-132"), unknown.text


def test_another_ones_previous_mrn_is_as_unknown_as_one_that_nobody_has(door: Door) -> None:
    earlier = Goods(door)
    wrong = mistyped(mrn_of(earlier))
    given = earlier.post(
        "customs", "/v1/declarations", content=earlier.message().replace(mrn_of(earlier).encode(), wrong.encode())
    )
    assert given.status_code == 200, given.text
    nowhere = mistyped("26FR7777777777779" + check_character("26FR7777777777779"))
    strange = EORIS["stranger"].encode()
    answers = []
    for mrn in (wrong, nowhere):
        raw = citing(Goods(door), "NMRN", mrn)
        for eori in (OWN, EORIS["importer"], EORIS["direct"]):
            raw = raw.replace(eori.encode(), strange)
        answers.append(earlier.post("stranger", "/v1/preflight", content=raw))
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (422, "SW-INT-015"), answer.text
    assert answers[0].text.replace(wrong, nowhere) == answers[1].text


@pytest.mark.parametrize("said", [
    "26FR00126000000R", "26FR00126000001R6", "26FR001260000001R66", "26fr001260000001r6", "26FR 01260000001R6", "TS-2026-1",
])  # fmt: skip
def test_nothing_but_an_mrn_stands_where_only_an_mrn_can(door: Door, said: str) -> None:
    goods = Goods(door)
    raw = citing(goods, "NMRN", said)
    refused = goods.post("trader", "/v1/declarations", content=raw)
    assert (refused.status_code, refused.json()["code"]) == (422, "SW-INT-015"), refused.text
    (told,) = refused.json()["errors"]
    assert (told["code"], told["rule"]) == ("SW-INT-132", "previous_mrn_form")
    assert told["path"].endswith("/PreviousDocument/referenceNumber")
    assert said in told["message"]
    taken = goods.post("customs", "/v1/declarations", content=raw)
    assert "SW-DEC-261" in {finding["code"] for finding in taken.json()["decision"]["findings"]}, taken.text
    assert goods.post("trader", "/v1/declarations", content=citing(Goods(door), "N337", said)).status_code == 200


def test_a_previous_mrn_at_shipment_level(door: Door) -> None:
    goods = Goods(door)
    wrong = mistyped(mrn_of(goods))
    previous = PREVIOUS.format(kind="NMRN", reference=wrong).encode()
    raw = goods.message(mrn=False).replace(b"<GoodsItem>", previous + b"<GoodsItem>", 1)
    refused = goods.post("trader", "/v1/declarations", content=raw)
    assert (refused.status_code, refused.json()["code"]) == (422, "SW-INT-015"), refused.text
    (told,) = refused.json()["errors"]
    assert (told["code"], told["path"]) == (
        "SW-INT-132", "/Declaration/GoodsShipment/PreviousDocument/referenceNumber",
    )  # fmt: skip
    taken = goods.post("customs", "/v1/preflight", content=raw)
    found = [finding for finding in taken.json()["decision"]["findings"] if finding["code"] == "SW-DEC-261"]
    assert [finding["goods_item"] for finding in found] == [None], taken.text


def test_customs_is_warned_and_never_refused(door: Door) -> None:
    goods = Goods(door)
    mrn = mrn_of(goods)
    wrong = mistyped(mrn)
    answer = goods.post("customs", "/v1/declarations", content=goods.message().replace(mrn.encode(), wrong.encode()))
    assert (answer.status_code, answer.json()["mrn"]) == (200, wrong), answer.text
    assert answer.json()["accepted_at"] is not None
    (told,) = answer.json()["warnings"]
    assert (told["code"], told["path"]) == ("SW-INT-133", "/Declaration/MRN")
    assert f"gives {check_character(wrong)}." in told["message"]
    found = {finding["code"]: finding["effect"] for finding in answer.json()["decision"]["findings"]}
    assert found["SW-DEC-260"] == "none"
    assert answer.json()["decision"]["effect"] == "release"
    shown = door["customs"].get(answer.json()["links"]["self"]).json()
    assert shown["warnings"] == [], "it is told with the answer to the message"
    assert "SW-DEC-260" in {finding["code"] for finding in shown["decision"]["findings"]}


def test_an_acceptance_is_never_refused_for_it(door: Door) -> None:
    goods = Goods(door).lodged("trader", mrn=False)
    wrong = mistyped(mrn_of(goods))
    said = {"mrn": wrong, "accepted_at": datetime.now(UTC).isoformat()}
    for _ in range(2):
        accepted = door["customs"].post(f"{goods.here}/acceptance", json=said, headers=WAIT)
        assert (accepted.status_code, accepted.json()["mrn"]) == (200, wrong), accepted.text
        (told,) = accepted.json()["warnings"]
        assert (told["code"], told["path"]) == ("SW-INT-133", "/mrn")
    # What customs has given is the declaration's MRN from then on, for its trader too.
    raw = goods.message(2).replace(mrn_of(goods).encode(), wrong.encode())
    amended = goods.post("trader", f"{goods.here}/amendments", content=raw)
    assert amended.status_code in (200, 202), amended.text


def test_an_amendment_by_a_wrong_mrn(door: Door) -> None:
    goods = Goods(door).lodged()
    raw = goods.message(2, net_mass="2399").replace(goods.mrn.encode(), mistyped(goods.mrn).encode())
    for path in (f"{goods.here}/amendments", "/v1/declarations"):
        refused = goods.post("trader", path, content=raw)
        assert (refused.status_code, refused.json()["code"]) == (422, "SW-INT-015"), refused.text


@pytest.mark.corpus
@pytest.mark.parametrize("kind", ["COR", "INV"])
def test_a_message_about_a_wrong_mrn_tells_nobody_what_there_is(door: Door, corpus: Path, kind: str) -> None:
    goods = Goods(door)
    mrn = mrn_of(goods)
    wrong = mistyped(mrn)
    # Customs gave it so: it is another one's, and a wrong one for everybody else.
    lodged = goods.post("customs", "/v1/declarations", content=goods.message().replace(mrn.encode(), wrong.encode()))
    assert lodged.status_code == 200, lodged.text
    nowhere = mistyped("26FR7777777777777" + check_character("26FR7777777777777"))
    answers = [
        goods.post("stranger", "/v1/declarations", content=message(corpus, kind, one)) for one in (wrong, nowhere)
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (422, "SW-INT-015"), answer.text
    assert answers[0].text.replace(wrong, nowhere) == answers[1].text
    theirs = goods.post("trader", "/v1/declarations", content=message(corpus, kind, wrong))
    assert theirs.status_code in (200, 202), theirs.text
    absent = goods.post("customs", "/v1/declarations", content=message(corpus, kind, nowhere))
    assert (absent.status_code, absent.json()["code"]) == (404, "SW-INT-010"), absent.text


def test_blanks_are_told_with_the_answer(door: Door) -> None:
    goods = Goods(door)
    raw = goods.message(mrn=False).replace(b"<LRN>", b"<LRN> ")
    answer = goods.post("trader", "/v1/declarations", content=raw)
    assert (answer.status_code, answer.json()["lrn"]) == (200, goods.lrn), answer.text
    (told,) = answer.json()["warnings"]
    assert (told["code"], told["path"]) == ("SW-INT-130", "/Declaration/LRN")
    again = goods.post("trader", "/v1/preflight", content=raw)
    assert [one["code"] for one in again.json()["warnings"]] == ["SW-INT-130"], again.text
