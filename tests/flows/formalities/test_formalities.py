"""Formalities of the Single Window over HTTP: each authority that is delivered as a file, asked at its simulator, and what comes of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import httpx
import pytest

from gateway.terminal.client import Reply
from tests.builders.databases import database_of
from tests.builders.due_reports import sent_now
from tests.builders.formality_stories import (
    EXTRACT,
    HOLDER,
    NAMES,
    OTHER,
    Formality,
    cited,
    message,
    mrn_of,
    organic,
    stopped,
)
from tests.builders.places import CASES
from tests.builders.running import Authorities, GatewayReader, Served, stepped, until

EXPORT = {"declarationType": "EX", "dataset": "B1", "Importer": None, "Exporter": {"identificationNumber": HOLDER}}
TRANSIT = {
    "dataset": "D1",
    "additionalDeclarationType": "A",
    "Importer": None,
    "HolderOfTheTransitProcedure": {"identificationNumber": HOLDER},
}
OZONE = ("L100 ODS.IMP.2026.1", "Y797 ODS.REG.2026.1", "Y786")


def gases(figure: str, effect: str = "release", *says: str, quota: bool = True, **more: Any) -> Formality:
    registered = ("Y123 FG.FR.0000001", *(("Y125 FG.FR.0000001",) if quota else ()))
    return Formality(
        goods="29034200", cites=(*registered, f"Y121 {figure}"), effect=effect, says=says, origin="CN", **more
    )


def waste(number: int, effect: str, *says: str, **more: Any) -> Formality:
    cites = (f"C669 WS.FR.2026.{number}", f"C670 WM.FR.2026.{number}")
    return Formality(
        goods="39151000", cites=cites, effect=effect, says=says, procedure="10", origin="FR", to="TR", mass="20000", more=EXPORT, **more
    )  # fmt: skip


STORIES = {
    "1 organic": organic("0000001", "release"),
    "2 organic, too much": organic("0000001", "hold", "SW-DEC-070", mass="1200"),
    "3 organic, box 30 empty": organic("0000002", "hold", "SW-DEC-020"),
    "4 not organic, and said to be": organic("0000011", "hold", "SW-DEC-273", described="organic bananas"),
    "5 not organic": organic("0000011", "release", told=("SW-DEC-272",)),
    "6 the base of extracts": organic("0000012", "hold", "SW-DEC-100"),
    "7 an extract": organic("0000012/1", "release", mass="400"),
    "8 organic, in a warehouse": organic("0000002", "release", procedure="71", told=("SW-DEC-277",)),
    "an extract that served": organic("0000012/2", "refuse", "SW-DEC-101", "SW-DEC-070", mass="600"),
    "organic of another country": Formality(
        goods="08039010", origin="CO", mass="100", cites=("C644 COI.FR.2026.0000001",), effect="hold", says=("SW-DEC-047",)
    ),
    "organic of another": organic("0000009", "refuse", "SW-DEC-060"),
    "10 ozone": Formality(goods="29031400", cites=(*OZONE, "Y799 220"), effect="release"),
    "11 ozone without its figure": Formality(goods="29031400", cites=OZONE, effect="hold", says=("SW-DEC-270",)),
    "13 ozone suspended": Formality(
        goods="29031400", cites=("L100 ODS.IMP.2026.4", "Y797 ODS.REG.2026.4", "Y786", "Y799 220"), effect="hold", says=("SW-DEC-024", "SW-DEC-024"),
    ),
    "14 ozone under T1": Formality(
        goods="29031400", cites=("L100 ODS.IMP.2026.1", "Y797 ODS.REG.2026.1", "Y786", "Y799 220"), effect="release", procedure="",
        more={**TRANSIT, "declarationType": "T1"},
    ),
    "19 equipment under temporary admission": Formality(
        goods="84151010", cites=("Y123 FG.FR.0000001", "Y121 3.5", "Y163 2"), effect="release", procedure="53", origin="CN",
        more={"Importer": {"identificationNumber": OTHER}},
    ),
    "32 ozone of the declarant, an importer declared": Formality(
        goods="29031400", cites=(*OZONE, "Y799 220"), effect="refuse", says=("SW-DEC-060", "SW-DEC-060"),
        more={"Importer": {"identificationNumber": OTHER}},
    ),
    "33 ozone of the declarant, no importer": Formality(
        goods="29031400", cites=(*OZONE, "Y799 220"), effect="release", more={"Importer": None}
    ),
    "9 halons by a purpose alone": Formality(goods="29037600", cites=("Y788",), effect="hold", says=("SW-DEC-015", *["SW-DEC-010"] * 3)),
    "12 extinguishers that hold more than they weigh": Formality(
        goods="84241000", cites=("L100 ODS.IMP.2026.1", "Y797 ODS.REG.2026.1", "Y789", "Y798 12", "Y799 120"), effect="hold", says=("SW-DEC-271",), mass="10"
    ),
    "15 gases": gases("67.5"),
    "16 gases, too much": gases("120", "hold", "SW-DEC-070"),
    "17 gases of two items, too much together": gases("40", "hold", "SW-DEC-070", beside=(gases("70"),)),
    "18 gases without a quota": gases("67.5", "hold", "SW-DEC-010", quota=False),
    "21 carbon, of the representative": Formality(
        goods="72081000", cites=("Y128 CBAM-FR-2026-ABC00000000001",), effect="release", origin="TR",
        more={
            "Importer": {"identificationNumber": OTHER},
            "Representative": {"identificationNumber": HOLDER, "status": "3"},
        },
    ),
    "22 carbon, revoked": Formality(
        goods="72081000", cites=("Y128 CBAM-FR-2026-ABC00000000003",), effect="refuse", says=("SW-DEC-021",), origin="TR"
    ),
    "26 timber beyond the licence": Formality(
        goods="44072910", cites=("C690 FLEGT-ID-2026-1 112 MTQ", "Y142"), effect="hold", says=("SW-DEC-276",), origin="ID", mass="60000", units="112"
    ),
    "timber within the licence": Formality(
        goods="44072910", cites=("C690 FLEGT-ID-2026-1 105 MTQ", "Y142"), effect="release", origin="ID", mass="60000", units="105"
    ),
    "23 an antique": Formality(goods="97061000", cites=("ICGL ICG.L.2026.1 1 NAR",), effect="release"),
    "24 an antique, its licence used": Formality(
        goods="97061000", cites=("ICGL ICG.L.2026.7 1 NAR",), effect="refuse", says=("SW-DEC-101",)
    ),
    "27 rough diamonds without their seal": Formality(
        goods="71023100", cites=("L116 KP-2026-1",), effect="hold", says=("SW-DEC-015", "SW-DEC-010"), origin="BW", mass="0.01"
    ),
    "29 rice": Formality(goods="10063098", cites=("L001 AGRIM.FR.2026.1", "Y929"), effect="release", mass="5000", origin="TH"),
    "rice, its licence used up": Formality(
        goods="10063098", cites=("L001 AGRIM.FR.2026.7", "Y929"), effect="hold", says=("SW-DEC-070",), mass="5000", origin="TH"
    ),
    "ephedrine": Formality(goods="29394100", cites=("L135 DP.IMP.2026.1",), effect="release", mass="25", origin="IN"),
    "ephedrine, its authorisation used": Formality(
        goods="29394100", cites=("L135 DP.IMP.2026.7",), effect="refuse", says=("SW-DEC-101",), mass="25", origin="IN"
    ),
    "packing cases that were notified": Formality(goods="44152020", cites=("C646 NOA.FR.2026.0000001",), effect="release", origin="CN"),
    "packing cases for transit alone": Formality(
        goods="44152020", cites=("C646 NOA.FR.2026.0000004",), effect="hold", says=("SW-DEC-221",), origin="CN"
    ),
    "chemicals, notified": Formality(
        goods="29031300", cites=("Y915 PIC.RIN.2026.1",), effect="release", procedure="10", origin="FR", to="BR", more=EXPORT
    ),
    "chemicals, consent awaited": Formality(
        goods="29031300", cites=("Y915 PIC.RIN.2026.2",), effect="hold", says=("SW-DEC-020",), procedure="10", origin="FR", to="BR", more=EXPORT
    ),
    "chemicals to another country": Formality(
        goods="29031300", cites=("Y915 PIC.RIN.2026.1",), effect="refuse", says=("SW-DEC-062",), procedure="10", origin="FR", to="CL", more=EXPORT
    ),
    "ozone that leaves": Formality(
        goods="29031400", cites=("E013 ODS.EXP.2026.1", "Y797 ODS.REG.2026.1", "Y786", "Y799 220", "Y915 PIC.RIN.2026.1"), effect="release", procedure="10",
        origin="FR", to="BR",
        more=EXPORT,
    ),
    "30 waste, all of its shipments made": waste(7, "hold", "SW-DEC-070"),
    "waste of two goods items is one shipment": waste(1, "release", beside=(waste(1, "release"),)),
    "waste of more tonnes than are left": replace(waste(1, "hold", "SW-DEC-070"), mass="250000.001"),
    "waste, notified and no more": waste(2, "hold", "SW-DEC-020", "SW-DEC-020"),
    "25 straps without the export permit that their permit asks for": Formality(
        goods="91139000", cites=("C638 26FR0100014 10 NAR",), effect="hold", says=("SW-DEC-274",), origin="ZW"
    ),
}  # fmt: skip


BAD_INPUT = {
    "a figure with a comma": gases("67,5", "hold", "SW-DEC-270", reads='"67.5"'),
    "a figure with its unit": gases("67.5t", "hold", "SW-DEC-270", reads='"67.5"'),
    "a figure of a million million": gases("1000000000000", "hold", "SW-DEC-070"),
    "a figure for the whole shipment": Formality(
        goods="29034200", origin="CN", cites=("Y123 FG.FR.0000001", "Y125 FG.FR.0000001"), effect="hold",
        says=("SW-DEC-081", "SW-DEC-270"), shipment={"AdditionalReference": cited(("Y121", "67.5"))}, reads="on each item",
    ),
    "a registration without a number": Formality(
        goods="29034200", origin="CN", cites=("Y123", "Y125 FG.FR.0000001", "Y121 67.5"), effect="hold", says=("SW-DEC-083",),
        reads="Y123 is declared without the number by which the F-gas portal is asked about it. Write the number beside the code.",
    ),
    "a licence of Union goods in transit": Formality(
        goods="29031400", cites=(*OZONE, "Y799 220"), effect="release", told=("SW-DEC-203",), procedure="", more={**TRANSIT, "declarationType": "T2"}
    ),
    "a waiver beside its document": Formality(
        goods="29031400", cites=(*OZONE, "Y799 220", "Y792"), effect="hold", says=("SW-DEC-012",) * 3, reads="Remove Y792"
    ),
    "two quota codes": Formality(
        goods="29034200", origin="CN", cites=("Y123 FG.FR.0000001", "Y125 FG.FR.0000001", "C057 FG.FR.0000001", "Y121 5"),
        effect="hold", says=("SW-DEC-270",), reads="Name one of them",
    ),
    "in a declaration of low value": gases(
        "67.5", "hold", "SW-DEC-085", "SW-DEC-085", more={"dataset": "H7"}, reads="standard declaration (H1)"
    ),
    "an extract on two goods items, too much together": organic(
        "0000012/1", "hold", "SW-DEC-070", mass="300", beside=(organic("0000012/1", "hold", mass="300"),)
    ),
    "an extract on two goods items": organic(
        "0000012/1", "release", mass="150", beside=(organic("0000012/1", "release", mass="250"),)
    ),
    "an extract beside its base": Formality(
        goods="08039010", described="bananas", origin="EC", mass="400", effect="hold", reads=EXTRACT,
        cites=("C644 COI.FR.2026.0000012 400 KGM", f"C644 {EXTRACT} 400 KGM"), says=("SW-DEC-100",),
    ),
    "an extract beside one that served": Formality(
        goods="08039010", described="bananas", origin="EC", mass="1000", effect="refuse",
        cites=(f"C644 {EXTRACT} 400 KGM", "C644 COI.FR.2026.0000012/2 600 KGM"), says=("SW-DEC-101", "SW-DEC-112", "SW-DEC-070"),
    ),
}  # fmt: skip
"""What is wrong about a declaration of a formality, and what its declarant is told."""


@contextmanager
def lodging(gateway: GatewayReader, lrn: str, story: Formality) -> Iterator[Reply]:
    """Lodges a story, and has it invalidated at the end, if it takes a document that serves once: others cite that, too."""
    reply = gateway.lodge(message(lrn, story), "application/json", wait_s=60)
    yield reply
    if any(one.startswith(("ICGL", "L135")) for one in story.cites):
        gateway.invalidate(reply.body["id"], reason="played", wait_s=60)


@pytest.mark.parametrize("name", [*STORIES, *BAD_INPUT])
def test_a_formality_comes_out_as_its_authority_says(
    name: str, gateway: GatewayReader, authorities: Authorities
) -> None:
    # What another declaration here has reserved of an extract is not left for this one.
    authorities.control("coi", "POST", "/reset")
    every = STORIES | BAD_INPUT
    story, lrn = every[name], f"FORMALITY-{list(every).index(name)}"
    with lodging(gateway, lrn, story) as reply:
        decision = reply.decision
    assert decision is not None, reply.body
    stops = tuple(one["code"] for one in decision["findings"] if one["effect"] in ("hold", "refuse"))
    assert {one["code"] for one in decision["findings"]} >= set(story.told)
    assert (decision["effect"], stops) == (story.effect, story.says), [one["message"] for one in decision["findings"]]
    assert story.reads in " ".join(f"{one['message']} {one['remedy']}" for one in decision["findings"])


RELEASED = {
    "agrim": "29 rice",
    "cbam": "21 carbon, of the representative",
    "cites": "25 straps without the export permit that their permit asks for",
    "coi": "1 organic",
    "fgas": "15 gases",
    "flegt": "timber within the licence",
    "icg": "23 an antique",
    "noa": "packing cases that were notified",
    "ods": "33 ozone of the declarant, no importer",
    "pic": "chemicals, notified",
    "precursors": "ephedrine",
    "waste": "waste of two goods items is one shipment",
}
"""A story of each authority that depends on its word."""


@pytest.mark.parametrize(
    "authority", [one if one in ("fgas", "coi") else pytest.param(one, marks=pytest.mark.whole) for one in NAMES]
)
def test_an_authority_that_is_silent_is_a_hold_that_says_so(
    authority: str, gateway: GatewayReader, authorities: Authorities
) -> None:
    story = STORIES[RELEASED[authority]]
    authorities.control(authority, "POST", "/reset")
    authorities.control(authority, "POST", "/faults", fault="down")
    with lodging(gateway, f"SILENT-{authority}", story) as reply:
        authorities.control(authority, "POST", "/faults")
        assert stopped(reply) == ("hold", {"SW-DEC-030"})

        def determined() -> bool:
            return stopped(gateway.get(reply.body["id"])) == (story.effect, {*story.says})

        assert until(determined, "it is asked again once it answers")


@pytest.mark.whole
@pytest.mark.parametrize("authority", NAMES)
def test_a_word_of_an_authority_that_nobody_has_heard_of_is_a_hold_that_says_so(
    authority: str, gateway: GatewayReader, authorities: Authorities
) -> None:
    authorities.control(authority, "POST", "/faults", fault="unknown_status")
    with lodging(gateway, f"UNKNOWN-{authority}", STORIES[RELEASED[authority]]) as reply:
        authorities.control(authority, "POST", "/faults")
    assert stopped(reply) == ("hold", {"SW-DEC-033"})


@pytest.mark.whole
@pytest.mark.parametrize(
    ("authority", "reference", "without"),
    [
        ("agrim", "AGRIM.FR.2026.1", {"holders": []}),
        ("cbam", "CBAM-FR-2026-ABC00000000001", {"holder": None}),
        ("coi", "COI.FR.2026.0000001", {"holder": None}),
        ("fgas", "FG.FR.0000001", {"holder": None}),
        ("icg", "ICG.L.2026.1", {"holder": None}),
        ("ods", "ODS.REG.2026.1", {"holder": None}),
        ("pic", "PIC.RIN.2026.1", {"holder": None}),
        ("precursors", "DP.IMP.2026.1", {"holder": None}),
    ],
)
def test_a_document_in_which_nobody_is_named_is_nobodys(
    authority: str, reference: str, without: dict[str, Any], gateway: GatewayReader, authorities: Authorities
) -> None:
    story = STORIES[RELEASED[authority]]
    authorities.control(authority, "PUT", f"/documents/{reference}", **without)
    with lodging(gateway, f"NOBODYS-{authority}", story) as reply:
        authorities.control(authority, "POST", "/reset")
    # An account of nobody is none.
    assert stopped(reply) == ("hold", {"SW-DEC-061", *({"SW-DEC-071"} if authority == "fgas" else ())}), reply.decision


@pytest.mark.whole
@pytest.mark.parametrize(("authority", "reference"), [("agrim", "AGRIM.FR.2026.1"), ("waste", "WS.FR.2026.1")])
def test_a_document_without_its_account_covers_nothing(
    authority: str, reference: str, gateway: GatewayReader, authorities: Authorities
) -> None:
    authorities.control(authority, "PUT", f"/documents/{reference}", account=False)
    try:
        reply = gateway.lodge(
            message(f"NO-ACCOUNT-{authority}", STORIES[RELEASED[authority]]), "application/json", wait_s=60
        )
    finally:
        authorities.control(authority, "POST", "/reset")
    assert stopped(reply) == ("hold", {"SW-DEC-071"}), reply.decision


def test_what_is_released_is_told_to_who_keeps_an_account(
    gateway: GatewayReader, running: Served, authorities: Authorities
) -> None:
    lrn = "RICE-THAT-GOES"
    lodged = gateway.lodge(message(lrn, STORIES["29 rice"]), "application/json", wait_s=60)
    released = stepped(running.url, lodged.body["id"], "release", wait_s=60)
    assert released.status_code in (200, 202), released.text

    def told() -> list[str]:
        books = authorities.ledger("agrim", "AGRIM.FR.2026.1")["allocations"]
        return [one["quantity"] for one in books if one["value"] == mrn_of(lrn)]

    assert until(told, "the release is told") == ["5000"]


def test_a_shipment_is_told_once_however_its_goods_go(gateway: GatewayReader, authorities: Authorities) -> None:
    lodged = gateway.lodge(
        message("WASTE", STORIES["waste of two goods items is one shipment"]), "application/json", wait_s=60
    )

    def told() -> list[tuple[int, str, str]]:
        books = authorities.ledger("waste", "WS.FR.2026.1")["allocations"]
        return [(one["goods_item"], one["quantity"], one["unit"]) for one in books if one["value"] == mrn_of("WASTE")]

    def taken(release: Callable[[], Reply]) -> bool:
        return release().taken

    for part in ({"items": [{"goods_item": 2}]}, {}):
        release = partial(gateway.release, lodged.body["id"], part, wait_s=60)
        assert until(partial(taken, release), "goods are released")
        assert until(told, "the shipment is told") == [(1, "1", "C62")]
    gateway.invalidate(lodged.body["id"], reason="not as ordered", grounds="wrong_goods", wait_s=60)
    assert until(lambda: not told(), "it is taken back")


def test_a_licence_for_an_antique_serves_for_temporary_admission_and_ends_by_one_release(
    gateway: GatewayReader, authorities: Authorities, database_cluster: str
) -> None:
    """23 and 24: it ends by the release for free circulation, and by no other."""
    antique = STORIES["23 an antique"]
    for lrn, story in (("ANTIQUE-AT-A-FAIR", replace(antique, procedure="53")), ("ANTIQUE-SOLD", antique)):
        lodged = gateway.lodge(message(lrn, story), "application/json", wait_s=60)
        assert stopped(lodged) == ("release", set()), (lrn, lodged.body)
        assert until(partial(_released, gateway, lodged.body["id"]), "the goods are released")
        query = f"/api/v1/releases?number=ICG.L.2026.1&mrn={mrn_of(lrn)}"
        sent_now(database_of(database_cluster, "formalities"))
        assert until(partial(_told, authorities, query), "the authority is told")
    sold = lodged.body["id"]
    again = gateway.lodge(message("ANTIQUE-AGAIN", antique), "application/json", wait_s=60)
    assert stopped(again) == ("refuse", {"SW-DEC-101"})
    # The declaration for which it served goes on as it was.
    assert stopped(gateway.get(sold)) == ("release", set())
    for one in (sold, again.body["id"]):
        gateway.invalidate(one, reason="played", grounds="wrong_goods", wait_s=60)


def test_a_licence_that_a_declaration_takes_holds_another_one_before_the_authority_is_told(
    gateway: GatewayReader, authorities: Authorities
) -> None:
    antique = replace(STORIES["23 an antique"], cites=("ICGL ICG.L.2026.8 1 NAR",))
    authorities.control("icg", "PUT", "/documents/ICG.L.2026.8", status="ISSUED")
    at_a_fair = gateway.lodge(message("LENT", replace(antique, procedure="53")), "application/json", wait_s=60)
    first = gateway.lodge(message("FIRST-OF-TWO", antique), "application/json", wait_s=60)
    second = gateway.lodge(message("SECOND-OF-TWO", antique), "application/json", wait_s=60)
    assert (stopped(at_a_fair), stopped(first)) == (("release", set()), ("release", set()))
    assert stopped(second) == ("hold", {"SW-DEC-096"})
    assert until(partial(_released, gateway, first.body["id"]), "the goods are released")
    # Its authority was not told yet, and says that it is issued.
    assert not _released(gateway, second.body["id"])
    assert stopped(gateway.get(first.body["id"])) == ("release", set())
    # What another declaration takes is free once that one is invalid.
    third, fourth = (replace(antique, cites=("ICGL ICG.L.2026.6 1 NAR",)) for _ in range(2))
    authorities.control("icg", "PUT", "/documents/ICG.L.2026.6", status="ISSUED")
    mistaken = gateway.lodge(message("MISTAKEN", third), "application/json", wait_s=60)
    right = gateway.lodge(message("RIGHT", fourth), "application/json", wait_s=60)
    assert stopped(right) == ("hold", {"SW-DEC-096"})
    gateway.invalidate(mistaken.body["id"], reason="a mistake", wait_s=60)
    gateway.act(right.body["id"], "assessment", {}, wait_s=60)
    assert until(partial(_released, gateway, right.body["id"]), "it is free")


def _released(gateway: GatewayReader, record_id: str) -> bool:
    return gateway.release(record_id, {}, wait_s=60).taken


def _told(authorities: Authorities, query: str) -> bool:
    """Whether the authority for cultural goods was told of a release."""
    headers = {"X-Api-Key": "icg-simulator-key", "Accept": "application/json", "X-Request-Id": "0" * 32}
    return bool(httpx.get(authorities.urls["icg"] + query, headers=headers, trust_env=False).json()["releases"])


@pytest.mark.whole
def test_what_goes_of_gases_is_told_anew_after_an_amendment_and_taken_back_when_it_is_invalid(
    gateway: GatewayReader, running: Served, authorities: Authorities
) -> None:
    lrn, story = "GASES-THAT-GO", gases("67.5", beside=(gases("20", quota=False),))
    lodged = gateway.lodge(message(lrn, story), "application/json", wait_s=60)
    assert lodged.effect == "hold", lodged.body
    record_id = lodged.body["id"]

    def taken() -> dict[int, str]:
        books = authorities.ledger("fgas", "FG.FR.0000001")["allocations"]
        return {one["goods_item"]: one["quantity"] for one in books if one["value"] == mrn_of(lrn)}

    part = {"items": [{"goods_item": 1}]}
    # The portal may have been silent a moment ago.
    assert until(lambda: gateway.release(record_id, part, wait_s=60).taken, "the first goods item is released")
    assert taken() == {1: "67.5"}
    less = gases("60", beside=story.beside)
    gateway.amend(record_id, message(lrn, less, version=2), "application/json", wait_s=60)
    assert until(lambda: taken() == {1: "60"}, "it is told anew")
    gateway.invalidate(record_id, reason="not as ordered", grounds="wrong_goods", wait_s=60)
    assert until(lambda: not taken(), "it is taken back")


ELSEWHERE: dict[int, Callable[..., None] | str] = {
    20: test_an_authority_that_is_silent_is_a_hold_that_says_so,
    28: "cocoa-of-the-new-year",
    31: test_what_goes_of_gases_is_told_anew_after_an_amendment_and_taken_back_when_it_is_invalid,
}
"""What plays the acceptance declarations of the formalities that are no story here: a test, or a golden case by its folder."""


def test_each_acceptance_declaration_has_its_place() -> None:
    here = [int(number) for name in STORIES if (number := name.split()[0]).isdecimal()]
    assert sorted((*here, *ELSEWHERE)) == list(range(1, 34))
    assert all((CASES / one).is_dir() for one in ELSEWHERE.values() if isinstance(one, str))
