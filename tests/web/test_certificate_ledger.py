"""The ledger of a certificate: what each order made of it, what is left, and what nobody here can know."""

from decimal import Decimal

import psycopg

from gateway.domain.mrn import with_check_character
from tests.builders.fish_case import Cases, declared, goods
from tests.builders.visitor import Visitor

LEDGER = "CHEDP.FR.2026.0000888"
PAGE = f"/console/documents/N853/{LEDGER}"
_GOOD = "ACCEPTABLE_FOR_INTERNAL_MARKET"


def lodged(cases: Cases, number: int, kilograms: str) -> str:
    item = goods(1, "0303641000", "Frozen haddock", kilograms, (("N853", LEDGER),))
    return cases.lodger.lodged(declared(f"LEDGER-{number}", [item], mrn=with_check_character(f"26FR00126000{number}R")))


def orders(visitor: Visitor) -> list[list[str]]:
    """The rows of the ledger, the newest first, without their times."""
    assert visitor.page is not None
    rows = visitor.page.xpath("//section[@aria-labelledby='ledger']//tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row.iterchildren()][1:] for row in rows]


def said(visitor: Visitor) -> str:
    """What stands below the picture; the picture says the same."""
    assert visitor.page is not None
    (picture,) = visitor.page.xpath("//svg[@class='sw-ledger']/@aria-label")
    assert picture in visitor.text()
    return str(picture)


def test_each_order_is_listed_and_drawn_and_the_rest_is_said(cases: Cases, officer: Visitor) -> None:
    line = {"code": "030364", "quantity": "2000", "unit": "KGM", "origin": "NO"}
    cases.simulated.control("traces", "PUT", f"/documents/{LEDGER}", status="70", decision=_GOOD, lines=[line])
    officer.get(PAGE)
    assert "Nothing was ordered of it" in officer.text()
    assert officer.page.xpath("//svg[@class='sw-ledger']") == []
    first, second = lodged(cases, 9701, "600"), lodged(cases, 9702, "300")
    officer.get(PAGE)
    names = [with_check_character(f"26FR00126000{number}R") for number in (9702, 9701)]
    assert orders(officer) == [[names[0], "reserved", "300 kg"], [names[1], "reserved", "600 kg"]]
    assert said(officer).startswith("Line 1: 2,000 kg certified; after what declarations here drew 1,100 kg is left.")
    assert "others than declarations here" not in said(officer), "the position was read before the last order"
    officer.post(PAGE)
    assert said(officer) == "Line 1: 2,000 kg certified; after what declarations here drew 1,100 kg is left."
    cases.lodger.called("POST", f"/{first}/invalidation", {"reason": "Lodged twice."})
    officer.get(PAGE)
    assert orders(officer)[0] == [names[1], "given back", "nothing"]
    assert "1,700 kg is left." in said(officer)
    # More than is left, so it is held and draws nothing.
    lodged(cases, 9703, "1900")
    officer.get(PAGE)
    assert "1,900 kg is asked now, and not drawn yet." in said(officer)
    (path,) = officer.page.xpath("//svg[@class='sw-ledger']/path[@class='sw-ledger__line']/@d")
    heights = [Decimal(one.partition("H")[0]) for one in path.split("V")[1:]]
    assert heights == [Decimal("36.0"), Decimal("54.0"), Decimal("18.0")], "of 120, as much as is drawn"
    assert second


def test_what_its_authority_has_otherwise_is_said_and_not_guessed(cases: Cases, officer: Visitor) -> None:
    reference = "CHEDP.FR.2026.0000889"
    page = f"/console/documents/N853/{reference}"
    line = {"code": "030364", "quantity": "2000", "unit": "KGM", "origin": "NO"}
    cases.simulated.control("traces", "PUT", f"/documents/{reference}", status="70", decision=_GOOD, lines=[line])
    mrns = [with_check_character(f"26FR00126000{number}R") for number in (9705, 9706)]
    ids = []
    for mrn, kilograms in zip(mrns, ("100", "200"), strict=True):
        item = goods(1, "0303641000", "Frozen haddock", kilograms, (("N853", reference),))
        ids.append(cases.lodger.lodged(declared(f"LEDGER-{kilograms}", [item], mrn=mrn)))
    officer.get(page)
    cases.simulated.control("traces", "POST", f"/ledger/{reference}/remove", mrn=mrns[0])
    officer.post(page)
    assert said(officer).endswith(
        "1,700 kg is left. The authority has 1,800 kg, more than that: what is different is not known here."
    )
    # As after a restored backup, which has lost an order.
    with psycopg.connect(cases.database) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM movement WHERE declaration_id = %s", [ids[1]])
    officer.post(page)
    assert (
        "after what declarations here drew 1,900 kg is left. The authority has 1,800 kg: 100 kg was drawn by others"
        in said(officer)
    )
