"""Further declarations of formalities, as somebody plays them who knows the law and not the gateway."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.builders.formality_stories import (
    OTHER,
    Formality,
    asking_formalities,
    formality_authorities,
    message,
    organic,
    stopped,
)
from tests.builders.running import Authorities, GatewayReader

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
    "two antiques on a licence for one": Formality(
        goods="97061000", effect="hold", says=("SW-DEC-070",), cites=("ICGL ICG.L.2026.1 2 NAR",)
    ),
    "an antique shown at a museum": Formality(
        goods="97061000", effect="release", procedure="53", cites=("ICGD ICG.D.2026.1 1 NAR",)
    ),
    "rice of just what is tolerated": RICE,
    "rice of a kilogram more": replace(RICE, mass="5041", effect="hold", says=("SW-DEC-070",)),
}  # fmt: skip


@pytest.fixture(scope="module")
def authorities() -> Iterator[Authorities]:
    with formality_authorities() as every:
        yield every


@pytest.fixture(scope="module")
def gateway(authorities: Authorities, database_cluster: str, migrated_template: str) -> Iterator[GatewayReader]:
    with (
        asking_formalities(authorities, database_cluster, migrated_template, "played") as running,
        running.client() as client,
    ):
        yield client


@pytest.mark.parametrize("name", PLAYED)
def test_it_comes_out_as_the_law_has_it(name: str, gateway: GatewayReader, authorities: Authorities) -> None:
    story = PLAYED[name]
    authorities.control("coi", "POST", "/reset")
    reply = gateway.lodge(message(f"PLAYED-{list(PLAYED).index(name)}", story), "application/json", wait_s=60)
    assert stopped(reply) == (story.effect, {*story.says}), reply.body
