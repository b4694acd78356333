"""The difference between two versions of a declaration, element by element."""

from decimal import Decimal

from msgspec import structs

from gateway.domain.declaration import SupportingDocument
from gateway.domain.declaration_difference import difference
from tests.builders.current_declaration import CURRENT


def test_the_same_content_does_not_differ() -> None:
    assert difference(CURRENT, CURRENT) == ()
    assert difference(CURRENT, structs.replace(CURRENT, version=CURRENT.version + 1)) == ()


def test_what_differs_is_told_by_item_and_element() -> None:
    first, *rest = CURRENT.items
    document = SupportingDocument(type="N380", reference="INV-9")
    changed = structs.replace(first, net_mass=Decimal("7.5"), documents=(*first.documents, document))
    found = difference(CURRENT, structs.replace(CURRENT, items=(changed, *rest), country_of_dispatch="IS"))
    told = {(one.goods_item, one.element): (one.was, one.now) for one in found}
    number = len(first.documents) + 1
    assert told[first.number, "net_mass"][1] == "7.5"
    assert told[first.number, f"documents.{number}.reference"] == (None, "INV-9")
    assert told[None, "country_of_dispatch"][1] == "IS"
    assert {place for _, place in told} == {
        "net_mass", f"documents.{number}.reference", f"documents.{number}.type", "country_of_dispatch"
    }  # fmt: skip


def test_an_item_that_is_gone_is_told() -> None:
    found = difference(CURRENT, structs.replace(CURRENT, items=CURRENT.items[:-1]))
    assert {one.goods_item for one in found} == {CURRENT.items[-1].number}
    assert {one.now for one in found} == {None}
