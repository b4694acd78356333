"""A certificate: who draws on it, what its authority has for them, and what it last said, without asking anew."""

from typing import Any

from tests.api.asking import Goods
from tests.builders.door import Door


def page(goods: Goods, who: str, **params: Any) -> dict[str, Any]:
    answer = goods.door[who].get(f"/v1/documents/N853/{goods.certificate}/declarations", params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def sharing(goods: Goods, certificate: str) -> Goods:
    """Other goods under the same certificate."""
    goods.certificate = certificate
    return goods


def test_officers_read_who_draws_on_it_and_whether_it_agrees(door: Door) -> None:
    first = Goods(door).lodged()
    second = sharing(Goods(door), first.certificate).lodged()
    found = page(first, "officer")
    assert [one["mrn"] for one in found["items"]] == [second.mrn, first.mrn]
    for one in found["items"]:
        (line,) = one["lines"]
        assert (line["declared"], line["reserved"], line["written_off"], line["unit"]) == ("2400", "2400", "0", "KGM")
        assert (line["told_reserved"], line["told_written_off"]) == ("2400", "0")
        assert (one["agrees"], one["movement"], one["office"]) == (True, "reserved", "FR001260")
    assert found["stored"]["status"] == "valid"
    assert found["stored"]["quantity"]["lines"][0]["available"] == "10400", "as the second one was told it"
    assert (found["other_offices"], found["next"]) == (0, None)
    newest = page(first, "officer", limit=1)
    assert [one["mrn"] for one in newest["items"]] == [second.mrn]
    rest = page(first, "officer", limit=1, cursor=newest["next"])
    assert ([one["mrn"] for one in rest["items"]], rest["next"]) == ([first.mrn], None)


def test_what_was_read_before_an_order_does_not_differ_from_it(door: Door) -> None:
    goods = Goods(door).released()
    ((one,), (line,)) = (found := page(goods, "officer"))["items"], found["items"][0]["lines"]
    assert (line["reserved"], line["written_off"], one["movement"]) == ("0", "2400", "written_off")
    assert one["agrees"] is True


def test_a_party_reads_its_own_and_not_what_the_authority_has(door: Door) -> None:
    goods = Goods(door).lodged()
    other = sharing(Goods(door, representative="agent"), goods.certificate).lodged()
    found = page(goods, "direct")
    (one,) = found["items"]
    assert one["mrn"] == goods.mrn
    assert (one["agrees"], one["lines"][0]["told_reserved"], one["lines"][0]["reserved"]) == (None, None, "2400")
    assert found["other_offices"] is None
    assert other.mrn not in str(found)
    assert "available" not in str(found["stored"]), "who is not its holder is told no quantities"
    answer = door["stranger"].get(f"/v1/documents/N853/{goods.certificate}/declarations")
    assert answer.status_code == 404


def test_the_stored_answer_is_given_without_asking(door: Door) -> None:
    goods = Goods(door).lodged()
    here = f"/v1/documents/N853/{goods.certificate}"
    at_first = door["officer"].get(here, params={"stored": "true"}).json()
    door.authorities.control("traces", "PUT", f"/documents/{goods.certificate}", status="41")
    again = door["officer"].get(here, params={"stored": "true"}).json()
    assert again == at_first
    assert again["status"] == "valid"
    assert door["officer"].get(here).json()["status"] == "refused"
    unknown = door["officer"].get("/v1/documents/N853/CHEDP.XX.2026.9999999", params={"stored": "true"})
    assert unknown.status_code == 404
