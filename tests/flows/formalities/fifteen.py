"""Declarations of fifteen formalities, correct and lacking: what was expected of each was written down before it was played."""

from dataclasses import replace

from tests.builders.formality_stories import HOLDER, OTHER, Formality, organic

EXPORT = {"declarationType": "EX", "dataset": "B1", "Importer": None, "Exporter": {"identificationNumber": HOLDER}}
TRANSIT = {
    "declarationType": "T1",
    "dataset": "D1",
    "additionalDeclarationType": "A",
    "Importer": None,
    "HolderOfTheTransitProcedure": {"identificationNumber": HOLDER},
}
FOR_ANOTHER = {"Importer": {"identificationNumber": OTHER}}
REGISTERED = "Y123 FG.FR.0000001"


def _extinguishers(within: str) -> Formality:
    cites = ("L100 ODS.IMP.2026.1", "Y797 ODS.REG.2026.1", "Y789", f"Y798 {within}", "Y799 100")
    return Formality(goods="84241000", effect="release", mass="10", cites=cites)


def _coolers(figure: str, *says: str, within: str = "2") -> Formality:
    cites = (REGISTERED, "C057 FG.FR.0000001", f"Y121 {figure}", f"Y163 {within}")
    return Formality(goods="84151010", origin="CN", cites=cites, effect="hold" if says else "release", says=says)


def _gases(number: str, figure: str, effect: str, *says: str) -> Formality:
    cites = (f"Y123 FG.FR.000000{number}", f"Y125 FG.FR.000000{number}", f"Y121 {figure}")
    return Formality(goods="29034200", origin="CN", cites=cites, effect=effect, says=says)


def _timber(cubic_metres: str, effect: str, *says: str, number: str = "1") -> Formality:
    cites = (f"C690 FLEGT-ID-2026-{number} {cubic_metres} MTQ", "Y142")
    return Formality(
        goods="44072910", origin="ID", mass="60000", units=cubic_metres, cites=cites, effect=effect, says=says
    )


def _waste(effect: str, *says: str, number: int = 1, mass: str = "20000") -> Formality:
    cites = (f"C669 WS.FR.2026.{number}", f"C670 WM.FR.2026.{number}")
    return Formality(
        goods="39151000",
        procedure="10",
        origin="FR",
        to="TR",
        mass=mass,
        more=EXPORT,
        cites=cites,
        effect=effect,
        says=says,
    )


def _straps(permit: str, effect: str, *says: str, pieces: str = "10", **more: object) -> Formality:
    return Formality(
        goods="91139000", origin="ZW", cites=(f"C638 {permit} {pieces} NAR",), effect=effect, says=says, more=dict(more)
    )


def _account(number: str, effect: str, *says: str, **more: object) -> Formality:
    cites = (f"Y128 CBAM-FR-2026-ABC0000000000{number}",)
    return Formality(goods="72081000", origin="TR", cites=cites, effect=effect, says=says, **more)  # type: ignore[arg-type]


def _chemicals(number: str, effect: str, *says: str) -> Formality:
    return Formality(
        goods="29031300",
        procedure="10",
        origin="FR",
        to="BR",
        more=EXPORT,
        cites=(f"Y915 PIC.RIN.2026.{number}",),
        effect=effect,
        says=says,
    )


def _rice(
    goods: str, mass: str, effect: str, *says: str, cites: tuple[str, ...] = ("L001 AGRIM.FR.2026.1",), **more: object
) -> Formality:
    return Formality(
        goods=goods, origin="TH", mass=mass, cites=(*cites, "Y929"), effect=effect, says=says, more=dict(more)
    )


FIFTEEN = {
    # Certificates of inspection.
    "in conversion, and said to be organic": organic("0000013", "hold", "SW-DEC-273", described="organic bananas"),
    "in conversion, and said to be that": organic("0000013", "release", told=("SW-DEC-272",), described="bananas in conversion to organic farming"),
    "all of a certificate, by a gram": organic("0000001", "release", mass="999.999", beside=(organic("0000001", "release", mass="0.001"),)),
    "a gram more than a certificate": organic("0000001", "hold", "SW-DEC-070", mass="999.999", beside=(organic("0000001", "hold", mass="0.002"),)),
    "organic for another importer": replace(organic("0000001", "refuse", "SW-DEC-060"), more=FOR_ANOTHER),
    # Substances that deplete the ozone layer.
    "extinguishers that are all gas": _extinguishers("10"),
    "a licence for gases that expired": Formality(
        goods="29031400", effect="refuse", says=("SW-DEC-026",), cites=("L100 ODS.IMP.2026.6", "Y797 ODS.REG.2026.1", "Y786", "Y799 220")
    ),
    "halons by a licence for other gases": Formality(
        goods="29037600", effect="hold", says=("SW-DEC-015", "SW-DEC-041"), cites=("L100 ODS.IMP.2026.1", "Y797 ODS.REG.2026.1", "Y788", "Y799 2000")
    ),
    # Fluorinated greenhouse gases.
    "air conditioners that use up their account": _coolers("20"),
    "air conditioners beyond their account": _coolers("20.001", "SW-DEC-070"),
    "air conditioners that hold more than they weigh": _coolers("20", "SW-DEC-271", within="100.5"),
    "gases that leave": Formality(goods="29034200", procedure="10", origin="FR", to="US", more=EXPORT, cites=(REGISTERED, "Y121 500"), effect="release"),
    "gases in transit": Formality(goods="29034200", procedure="", origin="CN", more=TRANSIT, cites=(REGISTERED, "Y121 500"), effect="release"),
    # Quota is an undertaking's: two registrations of one holder draw on one account.
    "gases of two registrations of one holder": replace(_gases("1", "0.5", "release"), beside=(_gases("8", "0.5", "release"),)),
    "gases of two registrations, too much": replace(_gases("1", "0.5", "hold", "SW-DEC-070"), beside=(_gases("8", "0.6", "hold"),)),
    # Carbon.
    "carbon, the application refused": _account("5", "refuse", "SW-DEC-021"),
    "carbon by another's account": _account("9", "refuse", "SW-DEC-060"),
    "carbon in a warehouse, the account revoked": _account("3", "release", procedure="71"),
    # Timber.
    "timber, its licence lodged": _timber("100", "hold", "SW-DEC-020", number="2"),
    "timber of another country": replace(_timber("100", "hold", "SW-DEC-047"), origin="MY"),
    "timber on two goods items, just tolerated": replace(_timber("60", "release"), beside=(_timber("50", "release"),)),
    "timber on two goods items, too much": replace(_timber("60", "hold", "SW-DEC-276"), beside=(_timber("50.001", "hold"),)),
    "timber that needs no licence": replace(_timber("100", "release"), cites=("Y057", "Y142")),
    # Notifications of arrival.
    "packing cases in transit": Formality(goods="44152020", procedure="", origin="CN", more=TRANSIT, cites=("C646 NOA.FR.2026.0000004",), effect="release"),
    "packing cases that are not acceptable": Formality(goods="44152020", origin="CN", cites=("C646 NOA.FR.2026.0000003",), effect="refuse", says=("SW-DEC-021",)),
    # Hazardous chemicals.
    "chemicals, the number expired": _chemicals("6", "refuse", "SW-DEC-026"),
    "chemicals by another's number": _chemicals("9", "refuse", "SW-DEC-060"),
    # Licences of agriculture.
    "rice of who was transferred the licence": _rice("10063098", "4800", "release", Importer={"identificationNumber": "FR77777777777777"}),
    "broken rice by a licence for milled rice": _rice("10064000", "1200", "hold", "SW-DEC-041"),
    "a tonne of rice without a licence": _rice("10063098", "1000", "release", cites=("Y036",)),
    "a gram more than a tonne": _rice("10063098", "1000.001", "hold", "SW-DEC-204", cites=("Y036",)),
    # Drug precursors.
    "ephedrine, its authorisation refused": Formality(goods="29394100", origin="IN", mass="25", cites=("L135 DP.IMP.2026.3",), effect="refuse", says=("SW-DEC-021",)),
    "ephedrine, a gram too much": Formality(goods="29394100", origin="IN", mass="25.001", cites=("L135 DP.IMP.2026.8",), effect="hold", says=("SW-DEC-070",)),
    "ephedrine in a warehouse": Formality(goods="29394100", origin="IN", mass="25", procedure="71", cites=("L135 DP.IMP.2026.1",), effect="release", told=("SW-DEC-277",)),
    "ephedrine in transit": Formality(goods="29394100", origin="IN", mass="25", procedure="", more=TRANSIT, cites=(), effect="release"),
    # Waste.
    "waste of all that was notified": replace(_waste("release", mass="125000"), beside=(_waste("release", mass="125000"),)),
    "waste without its movement document": replace(_waste("hold", "SW-DEC-274", "SW-DEC-010"), cites=("C669 WS.FR.2026.1",)),
    "waste for another country": replace(_waste("refuse", "SW-DEC-062"), to="CL"),
    # Endangered species.
    "the last straps of a permit": _straps("26FR0100008", "release", pieces="20"),
    "a strap more than is left": _straps("26FR0100008", "hold", "SW-DEC-070", pieces="21"),
    "straps, their permit expired": _straps("26FR0100006", "refuse", "SW-DEC-026"),
    "straps by another's permit": _straps("26FR0100009", "refuse", "SW-DEC-060", Importer={"identificationNumber": OTHER}),
    # Cultural goods.
    "an antique by a statement": Formality(goods="97061000", effect="release", cites=("ICGS ICG.S.2026.1 1 NAR",)),
    "an antique for a museum, sold": Formality(goods="97061000", effect="hold", says=("SW-DEC-011",), told=("SW-DEC-277",), cites=("ICGD ICG.D.2026.1 1 NAR",)),
    "goods that are not cultural": Formality(goods="97061000", effect="release", cites=("Y903",)),
}  # fmt: skip
