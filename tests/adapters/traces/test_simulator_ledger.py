"""The simulated ledger to the letter: the order of its checks, its units, what it does not take, and races."""

import asyncio
import itertools
import re
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters.traces.certex_v06 import BASE
from adapters.traces.simulator.answers import allocation
from adapters.traces.simulator.ledger import CertificateLedger, Item, Line
from tests.adapters.traces.calls import Calls, clearance, intervention, question, reservation
from tests.adapters.traces.port import item

MILK = "CHEDP.FR.2026.0000025"
FISH = "CHEDP.FR.2026.0000005"
HORSES = "CHEDA.FR.2026.0000001"
NUTS = "CHEDD.FR.2026.0000001"
A, B = "26FR000000000000A4", "26FR000000000000B0"


@pytest.fixture
async def calls(simulator: str) -> AsyncIterator[Calls]:
    async with httpx.AsyncClient(base_url=simulator, timeout=20, trust_env=False) as client:
        calls = Calls(client)
        yield calls
        await calls.control("POST", "reset")


async def refusal(calls: Calls, reference: str, *items: dict[str, str]) -> tuple[str, str]:
    """Reason and named item (goods item, line: written one after the other) of a refusal; empty: done."""
    answer = await calls.ask(reservation(reference, A, *items))
    return answer.get("ReservationFailureReason", ""), answer.get("ReservationFailureConsignmentItem", "")


async def available(calls: Calls, reference: str) -> list[str]:
    return [line["available"] for line in (await calls.ledger(reference))["lines"]]


COD, HADDOCK = "03036310", "03036400"


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([item("1", line=3, code=COD)], ("07", "1")),
        ([item("1", "LTR", line=3, code=HADDOCK)], ("07", "1")),
        ([item("99999", "LTR", line=1, code=HADDOCK)], ("03", "11")),
        ([item("99999", "LTR", line=1, code=COD)], ("10", "11")),
        ([item("24000.001", line=1, code=COD)], ("05", "11")),
        ([item("24000", line=1, code=COD), item("6000", line=2, code=HADDOCK, goods=2)], ("", "")),
        # All of one item comes before the next one; its sum is that of the whole declaration.
        ([item("24001", line=1, code=COD), item("1", line=9, code=COD, goods=2)], ("05", "11")),
        ([item("1", line=9, code=COD), item("24001", line=1, code=COD, goods=2)], ("07", "1")),
        ([item("20000", line=1, code=COD), item("5000", line=1, code=COD, goods=2)], ("05", "11")),
        ([item("1", line=2, code=HADDOCK), item("5", "TNE", line=1, code=COD, goods=2), item("20", "TNE", line=1, code=COD, goods=3)], ("05", "21")),
        # What the line cannot be counted in is in no sum: it is refused by itself.
        ([item("20000", line=1, code=COD), item("5000", "LTR", line=1, code=COD, goods=2)], ("10", "21")),
    ],
)  # fmt: skip
async def test_the_order_of_the_checks(calls: Calls, items: list[dict[str, str]], expected: tuple[str, str]) -> None:
    assert await refusal(calls, FISH, *items) == expected
    whole = ["24000", "6000"] if expected[0] else ["0", "0"]
    assert await available(calls, FISH) == whole, "all or nothing"


@pytest.mark.parametrize(
    ("spoilt", "reason", "kept"),
    [
        (item("1", line=9), "07", True), (item("1", code="0402"), "03", True), (item("1", "LTR"), "10", True),
        (item("401"), "05", False),
    ],
)  # fmt: skip
async def test_only_a_want_of_quantity_ends_the_earlier_hold(
    calls: Calls, spoilt: dict[str, str], reason: str, kept: bool
) -> None:
    assert await calls.reserve(MILK, A, item("100")) == ""
    assert await calls.reserve(MILK, A, spoilt) == reason
    assert await available(calls, MILK) == ["300" if kept else "400"]


async def test_the_status_leaves_the_hold_and_comes_first(calls: Calls) -> None:
    await calls.reserve(MILK, A, item("100"))
    await calls.control("PUT", f"documents/{MILK}", status="44")
    assert await refusal(calls, MILK, item("401", line=9)) == ("04", "")
    assert await available(calls, MILK) == ["300"]
    assert await calls.clear(MILK, A, "02") == "01", "nothing is written off: the status does not matter"
    assert await calls.clear(MILK, A, "01") == "02"


async def test_interventions_say_when_the_status_changed(calls: Calls) -> None:
    async def intervened(kind: str, *items: dict[str, str]) -> str:
        return (await calls.ask(intervention(MILK, A, kind, *items)))["QuantityManagementOutcome"]

    await calls.control("PUT", f"documents/{MILK}", status="44")
    assert [await intervened("02", item("1")), await intervened("03")] == ["02", "02"]
    assert [await intervened("01", item("900")), await intervened("01", item("1"))] == ["04", "03"]
    assert await available(calls, MILK) == ["-500"], "forced, whatever is left"
    assert [await intervened("02", item("5")), await intervened("03")] == ["04", "04"]
    await calls.control("PUT", f"documents/{MILK}", status="70")
    await calls.reserve(MILK, A, item("1"))
    assert await intervened("01", item("1")) == "05"


async def test_a_line_is_counted_in_its_weight_or_else_in_its_volume(calls: Calls) -> None:
    lines = [
        {"code": "0101", "quantity": "0", "volume": "40", "volume_unit": "H87"},
        {"code": "0101", "quantity": "500", "unit": "KGM", "volume": "40", "volume_unit": "H87"},
    ]
    await calls.control("PUT", f"documents/{HORSES}", lines=lines)
    told = (await calls.ledger(HORSES))["lines"]
    assert [(line["unit"], line["certified"]) for line in told] == [("H87", "40"), ("KGM", "500")]
    both = {
        "NetWeightQuantity": "300",
        "NetWeightUnitOfMeasure": "KGM",
        "NetVolumeQuantity": "4",
        "NetVolumeUnitOfMeasure": "H87",
    }
    first = {"GoodsItemNumber": "1", "CertificateLineNumber": "1", "ClassCode": "01012100", **both}
    assert await refusal(calls, HORSES, first, {**first, "GoodsItemNumber": "2", "CertificateLineNumber": "2"}) == (
        "",
        "",
    )
    assert await available(calls, HORSES) == ["36", "200"]
    assert await refusal(calls, HORSES, item("4", "H87", line=2, code="01012100")) == ("10", "12")
    certificate = (await calls.send(question(HORSES))).content
    assert certificate.count(b">40</ram:NetVolumeMeasure>") == 2
    assert b"<ram:NetWeightMeasure>0<" in certificate
    assert b'<ram:NetWeightMeasure unitCode="KGM">500<' in certificate


async def test_a_code_is_told_as_the_line_has_it_and_as_six_digits_of_the_declared_one(calls: Calls) -> None:
    await calls.reserve(NUTS, A, item("1", code="12024200"))
    sent = (await calls.send(question(NUTS))).content
    codes = [found.text for found in etree.fromstring(sent).iter(f"{{{BASE}}}HarmonizedSystemSubheadingcode")]
    assert codes == ["12024200", "120242"]


async def test_the_ledger_notes_when_the_customs_office_sent_it(calls: Calls) -> None:
    def sent(payload: str) -> str:
        return re.sub(r"SendingDate>[^<]+<", "SendingDate>2026-09-29T14:12:53.966105Z<", payload)

    async def noted() -> str | None:
        answer = etree.fromstring((await calls.send(question(NUTS))).content)
        return answer.findtext(f".//{{{BASE}}}EventDateTime")

    await calls.send(sent(reservation(NUTS, A, item("1", code="12024200"))))
    assert await noted() == "2026-09-29T14:12:53.966Z"
    await calls.send(sent(clearance(NUTS, A, "01")))
    assert await noted() == "2026-09-29T16:12:53.000+02:00"


# --- What the port does not take


RESERVED = reservation(MILK, A, item("1"), item("2", goods=2))


def without(payload: str, name: str) -> str:
    """A payload with its first element of that name taken out."""
    start, end = payload.index(f"<{name}>"), payload.index(f"</{name}>") + len(f"</{name}>")
    return payload[:start] + payload[end:]


def swapped(payload: str, first: str, second: str) -> str:
    """A payload with two neighbouring elements in the wrong order."""
    element = payload[payload.index(f"<{first}>") : payload.index(f"</{first}>") + len(f"</{first}>")]
    return payload.replace(element, "", 1).replace(f"</{second}>", f"</{second}>{element}", 1)


REJECTED = {
    **{f"without {name}": without(RESERVED, name) for name in (
        "ched:SendingDate", "ched:ChedCertificateId", "ched:CustomsDeclarationReferenceNumber", "base:MRN",
        "ched:CompetentCustomsOffice", "base:ReferenceNumber", "ched:Language", "ched:QuantityManagementIndication",
        "base:GoodsItemNumber", "base:CertificateLineNumber", "base:ClassCode", "base:NetWeightQuantity",
    )},
    "no item": reservation(MILK, A),
    "office after the items": swapped(RESERVED, "ched:CompetentCustomsOffice", "ched:CommodityDescriptionForChed"),
    "certificate first": swapped(RESERVED, "ched:SendingDate", "ched:ChedCertificateId"),
    "line before goods item": swapped(RESERVED, "base:GoodsItemNumber", "base:CertificateLineNumber"),
    "unit before its quantity": swapped(RESERVED, "base:NetWeightQuantity", "base:NetWeightUnitOfMeasure"),
    "a code of ten digits": RESERVED.replace("040100", "0401001100"),
    "a quantity of zero": RESERVED.replace("NetWeightQuantity>1<", "NetWeightQuantity>0<"),
    "a negative quantity": RESERVED.replace("NetWeightQuantity>1<", "NetWeightQuantity>-1<"),
    "a quantity with an exponent": RESERVED.replace("NetWeightQuantity>1<", "NetWeightQuantity>1E2<"),
    "an empty unit": RESERVED.replace("KGM", ""),
    "an unknown indication": RESERVED.replace("Indication>1<", "Indication>2<"),
    "a read with a declaration": RESERVED.replace("Indication>1<", "Indication>0<"),
    "a moment without its offset": RESERVED.replace("Z</ched:SendingDate>", "</ched:SendingDate>"),
    "what nobody knows": RESERVED.replace("</ched:ProcessedChedRequest>", "<ched:X>1</ched:X></ched:ProcessedChedRequest>"),
    "an unknown clearance": clearance(MILK, A, "03"),
    "a clearance out of order": swapped(clearance(MILK, A, "01"), "ched:CompetentCustomsOffice", "ched:SendingDate"),
    "an unknown intervention": intervention(MILK, A, "04", item("1")),
    "a forced write-off of nothing": intervention(MILK, A, "01"),
    "an amendment to nothing": intervention(MILK, A, "02"),
    "a deletion of something": intervention(MILK, A, "03", item("1")),
    "a forced write-off from no line": intervention(MILK, A, "01", item("1", line=9)),
}  # fmt: skip


@pytest.mark.parametrize("name", REJECTED)
async def test_what_is_not_as_the_schema_has_it_meets_the_untyped_fault(calls: Calls, name: str) -> None:
    assert REJECTED[name] != RESERVED
    answer = await calls.send(REJECTED[name])
    assert answer.status_code == 500
    (named,) = etree.fromstring(answer.content).iterfind(".//detail/*")
    # After its operation, as the port's description has it.
    operation = re.search(r"<ched:(\w+Request)", REJECTED[name])
    assert operation is not None
    assert etree.QName(named).localname == f"{operation[1]}Fault"
    assert [etree.QName(part).localname for part in named] == ["MessageId", "UniqPrefix", "errorMessage"]
    told = await calls.ledger(MILK)
    assert (told["lines"][0]["available"], told["effects"]) == ("400", {"MRN": {}, "LRN": {}})
    assert (await calls.send(RESERVED)).status_code == 200


# --- Races


QUANTITIES = st.sampled_from(["1", "7", "30", "60", "100", "101"])
STEPS = st.lists(st.tuples(st.sampled_from("ABCD"), st.sampled_from(["reserve", "reserve", "release", "delete"]), QUANTITIES), min_size=2, max_size=24)  # fmt: skip
FRESH = itertools.count(1_500_000)


# A race is not repeated by its schedule: making a failing one shorter would only take time.
@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(steps=STEPS)
def test_however_declarations_race_a_line_is_never_overdrawn(simulator: str, steps: list[tuple[str, str, str]]) -> None:
    reference = f"CHEDP.XX.2026.{next(FRESH)}"
    asyncio.run(raced(simulator, reference, steps))


async def raced(url: str, reference: str, steps: list[tuple[str, str, str]]) -> None:
    limits = httpx.Limits(max_connections=12)
    async with httpx.AsyncClient(base_url=url, timeout=20, trust_env=False, limits=limits) as client:
        calls = Calls(client)
        lines = [{"code": "0401", "quantity": "100", "unit": "KGM"}]
        await calls.control("PUT", f"documents/{reference}", lines=lines)
        done: Counter[tuple[str, str]] = Counter()

        async def step(who: str, what: str, quantity: str) -> None:
            if what == "reserve":
                did = await calls.reserve(reference, who, item(quantity)) == ""
            else:
                did = await calls.clear(reference, who, "01" if what == "release" else "02") == "01"
            done[who, what] += did

        await asyncio.gather(*(step(*one) for one in steps))
        told = await calls.ledger(reference)
    drawn = sum((Decimal(one["quantity"]) for one in told["allocations"]), Decimal(0))
    left = Decimal(told["lines"][0]["available"])
    assert left >= 0
    assert left + drawn == 100
    assert len({one["value"] for one in told["allocations"]}) == len(told["allocations"]), "one hold for each"
    counted = {(who, what): count for who, did in told["effects"]["MRN"].items() for what, count in did.items()}
    assert {key: count for key, count in counted.items() if key[1] != "lost"} == {k: c for k, c in done.items() if c}
    assert all(counted[who, "release"] == 1 for who, what in counted if what == "release"), "written off once"


LINE = Line(number=1, code="0401", quantity=Decimal(1000), unit="KGM")
MOVES = st.lists(
    st.tuples(
        st.integers(0, 5), st.sampled_from(["reserve", "release", "delete", "force", "amend", "undo"]),
        st.lists(st.tuples(st.sampled_from(["GRM", "KGM", "TNE", ""]), st.decimals("0.001", "900", places=3)), min_size=1, max_size=3),
    ),
    max_size=40,
)  # fmt: skip
AT = datetime(2026, 9, 29, 14, 12, tzinfo=UTC)
KILOGRAMS = {"GRM": Decimal("0.001"), "KGM": Decimal(1), "TNE": Decimal(1000), "": Decimal(1000)}


@settings(deadline=None)
@given(moves=MOVES)
def test_what_is_left_and_told_follows_from_the_parts_after_any_moves(
    moves: list[tuple[int, str, list[tuple[str, Decimal]]]],
) -> None:
    ledger, forced = CertificateLedger(allocation), False
    for who, what, quantities in moves:
        named = ("MRN", f"M{who}")
        items = tuple(
            Item(goods_item=number, line=1, code="040100", quantities=((quantity, unit),))
            for number, (unit, quantity) in enumerate(quantities, start=1)
        )
        match what:
            case "reserve":
                ledger.reserve(named, items, (LINE,), status="70", office="FR000001", at=AT)
            case "release":
                ledger.release(named, status="70", at=AT)
            case "delete":
                ledger.delete(named)
            case "undo":
                ledger.undo(named, status="70")
            case _:
                forced = True
                correct = ledger.force if what == "force" else ledger.amend
                correct(named, items, (LINE,), status="70", office="FR000001", at=AT)
        parts = list(ledger.allocated)
        drawn = sum((one.quantity * KILOGRAMS[one.unit] for one in parts), Decimal(0))
        assert ledger.available(LINE) == LINE.quantity - drawn
        assert forced or ledger.available(LINE) >= 0
        assert b"".join(ledger.written()) == b"".join(allocation(one) for one in parts)
        assert len({(one.declaration, one.consumed) for one in parts}) == len({one.declaration for one in parts})
