"""Further declarations of formalities, as somebody plays them who knows the law and not the gateway."""

from dataclasses import replace

import pytest

from tests.builders.formality_stories import OTHER, Formality, codes_of, message, mrn_of, organic, stopped
from tests.builders.running import Authorities, GatewayReader, until
from tests.flows.formalities.fifteen import FIFTEEN

OZONE = ("L100 ODS.IMP.2026.1", "Y797 ODS.REG.2026.1", "Y786")
GASES = Formality(
    goods="29034200", origin="CN", effect="release", cites=("Y123 FG.FR.0000001", "Y125 FG.FR.0000001", "Y121 67.5")
)
TIMBER = Formality(
    goods="44072910", origin="ID", mass="60000", units="90", effect="release", cites=("C690 FLEGT-ID-2026-1 90 MTQ", "Y142")
)  # fmt: skip
RICE = Formality(goods="10063098", origin="TH", mass="5040", effect="release", cites=("L001 AGRIM.FR.2026.1", "Y929"))
LOT = organic("0000012/1", "release", mass="400")
PLAYED = {
    "a certificate in tonnes": replace(organic("0000001", "release"), cites=("C644 COI.FR.2026.0000001 1 TNE",)),
    "an extract in small letters": replace(LOT, cites=("C644 coi.fr.2026.0000012/1",)),
    "an extract beside the statement that nothing is organic": replace(
        LOT, effect="hold", says=("SW-DEC-012",), cites=(*LOT.cites, "Y929")
    ),
    "an extract of the declarant, who imports": replace(LOT, more={"Importer": None}),
    "a part of a certificate in a warehouse": replace(
        organic("0000001", "release", mass="600"), beside=(organic("0000001", "release", procedure="71", mass="400"),)
    ),
    "gases by a figure of nought": Formality(
        goods="29031400", effect="hold", says=("SW-DEC-270",), cites=(*OZONE, "Y799 0")
    ),
    "gases by a figure with an exponent": Formality(
        goods="29031400", effect="hold", says=("SW-DEC-270",), cites=(*OZONE, "Y799 1e2")
    ),
    "gases registered for another": Formality(
        goods="29031400", effect="refuse", says=("SW-DEC-060",),
        cites=("L100 ODS.IMP.2026.1", "Y797 ODS.REG.2026.9", "Y786", "Y799 220"),
    ),
    "a quota that is not drawn on under temporary admission": replace(GASES, procedure="53"),
    "a figure in other digits": replace(GASES, cites=(*GASES.cites[:2], "Y121 ٦٧"), effect="hold", says=("SW-DEC-270",)),
    "carbon of the importer, represented directly": Formality(
        goods="72081000", origin="TR", effect="release", cites=("Y128 CBAM-FR-2026-ABC00000000001",),
        more={"Representative": {"identificationNumber": OTHER, "status": "2"}},
    ),
    "timber of nine tenths of the licence": TIMBER,
    "timber of less": replace(
        TIMBER, units="89", effect="hold", says=("SW-DEC-276",), cites=("C690 FLEGT-ID-2026-1 89 MTQ", "Y142")
    ),
    "two antiques on a statement for one": Formality(
        goods="97061000", effect="hold", says=("SW-DEC-070",), cites=("ICGS ICG.S.2026.1 2 NAR",)
    ),
    "an antique shown at a museum": Formality(
        goods="97061000", effect="release", procedure="53", cites=("ICGD ICG.D.2026.1 1 NAR",)
    ),
    "rice of just what is tolerated": RICE,
    "rice of a kilogram more": replace(RICE, mass="5041", effect="hold", says=("SW-DEC-070",)),
}  # fmt: skip


@pytest.mark.parametrize("name", PLAYED)
def test_it_comes_out_as_the_law_has_it(name: str, gateway: GatewayReader, authorities: Authorities) -> None:
    story = PLAYED[name]
    authorities.control("coi", "POST", "/reset")
    reply = gateway.lodge(message(f"PLAYED-{list(PLAYED).index(name)}", story), "application/json", wait_s=60)
    assert stopped(reply) == (story.effect, {*story.says}), reply.body


def test_fifteen_formalities_come_out_as_they_were_expected(gateway: GatewayReader, authorities: Authorities) -> None:
    found: dict[str, object] = {}
    for number, (name, story) in enumerate(FIFTEEN.items()):
        authorities.control("coi", "POST", "/reset")
        reply = gateway.lodge(message(f"FIFTEEN-{number}", story), "application/json", wait_s=60)
        if stopped(reply) != (story.effect, {*story.says}) or not codes_of(reply) >= {*story.told}:
            found[name] = reply.body
        # What it takes is left for the next one.
        gateway.invalidate(reply.body["id"], reason="played", wait_s=60)
    assert found == {}


def test_a_figure_that_moves_between_goods_items_is_told_anew_of_those_that_are_out(
    gateway: GatewayReader, authorities: Authorities
) -> None:
    """All of the account is taken: it is never compared with more than there is, nor with what this declaration took before."""
    lrn, account = "MOVED", "FG.FR.0000008"
    authorities.control("fgas", "PUT", f"/documents/{account}", accounts={"bulk": {"2026": "100", "2027": "100"}})

    def gases(first: str, second: str, version: int) -> bytes:
        one, two = (
            replace(GASES, cites=(f"Y123 {account}", f"Y125 {account}", f"Y121 {figure}")) for figure in (first, second)
        )
        return message(lrn, replace(one, beside=(two,)), version=version)

    def told() -> dict[int, str]:
        books = authorities.ledger("fgas", account)["allocations"]
        return {one["goods_item"]: one["quantity"] for one in books if one["value"] == mrn_of(lrn)}

    record_id = gateway.lodge(gases("40", "60", 1), "application/json", wait_s=60).body["id"]
    assert gateway.release(record_id, {"items": [{"goods_item": 1}]}, wait_s=60).taken
    assert until(told, "the first goods item is told") == {1: "40"}
    moved = gateway.amend(record_id, gases("75", "25", 2), "application/json", wait_s=60)
    assert stopped(moved) == ("release", set()), moved.body
    assert until(lambda: told() == {1: "75"}, "it is told anew")
    more = gateway.amend(record_id, gases("75", "25.5", 3), "application/json", wait_s=60)
    assert stopped(more) == ("hold", {"SW-DEC-070"}), more.body
    gateway.amend(record_id, gases("74.5", "25.5", 4), "application/json", wait_s=60)
    assert until(lambda: gateway.release(record_id, {}, wait_s=60).taken, "the rest is released")
    assert until(lambda: told() == {1: "74.5", 2: "25.5"}, "all of it is told")
    gateway.invalidate(record_id, reason="not as ordered", grounds="wrong_goods", wait_s=60)
    assert until(lambda: not told(), "it is taken back")
