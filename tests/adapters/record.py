"""Records the exchanges of the delivered adapters with their simulators: `python -m tests.adapters.record [NAME]...`.

Nothing of the corpus of real messages is in them: its licence forbids copying.
"""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from adapters.traces.simulator.listing import pushed
from gateway.conformance.exchanges import AdapterProcess, KitCall
from gateway.conformance.expectation import expected_of
from gateway.conformance.package import find_package
from gateway.conformance.recorder import write_recording
from gateway.conformance.simulated import SimulatedAuthority, simulator_of
from gateway.conformance.wire import AuthorityWire
from gateway.contract import (
    Direction,
    DocumentFilter,
    DocumentQuery,
    Intervention,
    Money,
    MovementKind,
    Occasion,
    OrderLine,
    Quantity,
    QuantityOrder,
    Reference,
    ReferenceKind,
    Response,
)
from gateway.dispatch.evidence import Redaction

AT = datetime.now(UTC).replace(microsecond=0)
"""A simulator takes no security token of another time: the moment of a recording is when it was made."""
MRN = "26FRD0000000001019"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One exchange to record, and what is done before it."""

    name: str
    about: str
    method: str
    subject: Any
    before: tuple[tuple[str, Any], ...] = ()


def asking(type_: str, reference: str, direction: Direction = Direction.IMPORT, **more: Any) -> DocumentQuery:
    """A question."""
    return DocumentQuery(type=type_, reference=reference, direction=direction, **more)


def of(mrn: str = MRN) -> Reference:
    """A declaration."""
    return Reference(kind=ReferenceKind.MRN, value=mrn)


def order(
    type_: str, reference: str, *lines: OrderLine, key: str, direction: Direction = Direction.IMPORT
) -> QuantityOrder:
    """An order of the one declaration."""
    return QuantityOrder(
        type=type_,
        reference=reference,
        declaration=of(),
        customs_office="FR000040",
        key=sha256(key.encode()).hexdigest()[:32],
        direction=direction,
        lines=lines,
    )


def line(value: str, unit: str, code: str, *, number: int = 1, item: int = 1, amount: str | None = None) -> OrderLine:
    """A line of an order."""
    return OrderLine(
        goods_item=item,
        certificate_line=number,
        commodity_code=code,
        quantities=(Quantity(value=Decimal(value), unit=unit),) if value else (),
        amount=None if amount is None else Money(value=Decimal(amount), currency="EUR"),
    )


class _Recorder:
    """The wire of an adapter with a record of what went over it."""

    def __init__(self, process: AdapterProcess, wire: AuthorityWire) -> None:
        self.process, self.wire = process, wire
        self.said: list[Response] = []
        send = wire.send

        async def kept(request: Any, *, reads: bool) -> Any:
            self.said.append(await send(request, reads=reads))
            return self.said[-1]

        wire.send = kept  # type: ignore[method-assign]


def call_of(scene_method: str, subject: Any, name: str) -> KitCall:
    """The call, on the occasion that a recording's name makes."""
    digest = sha256(name.encode()).digest()
    occasion = Occasion(at=AT, nonce=digest[:16], message_id=digest[16:].hex())
    if scene_method in {"force", "amend", "delete"}:
        subject = Intervention(kind=MovementKind(scene_method), order=subject)
    return KitCall(method=scene_method, subject=subject, occasion=occasion)


async def record(
    package: str, scenes: Sequence[Scene], settings: Mapping[str, str], folder: Path | None = None
) -> None:
    """Record the scenes of an adapter's package."""
    name = package.rpartition(".")[2]
    manifest, where = find_package(name, package)
    folder = folder or where / "exchanges"
    for old in folder.glob("*"):
        # What a person has written there about left out places, meanings and reports stays.
        if old.name not in {"settings.toml", "report.toml", "reported.toml"}:
            old.unlink()
    folder.mkdir(exist_ok=True)
    if settings and not (folder / "settings.toml").exists():
        rows = "".join(f'{key} = "{value}"\n' for key, value in settings.items())
        (folder / "settings.toml").write_text(f"# Made up: with these the exchanges were recorded.\n[settings]\n{rows}")
    module = f"{package}.{(manifest.simulator or '').partition(':')[0]}"
    with simulator_of(module) as authority, AdapterProcess() as process:
        entry, _, cls = manifest.entry_point.partition(":")
        own = {one: authority.credentials[one] for one in manifest.secrets if one in authority.credentials}
        process.load(name, module=f"{package}.{entry}", cls=cls, values=settings, secrets=own, identity=None)
        for scene in scenes:
            await _recorded(scene, folder, authority, process, name, manifest)


async def _recorded(
    scene: Scene, folder: Path, authority: SimulatedAuthority, process: AdapterProcess, name: str, manifest: Any
) -> None:
    authority.reset()
    wire = AuthorityWire(process, name, manifest, authority.url, authority.credentials)
    recorder = _Recorder(process, wire)
    for number, (method, subject) in enumerate(scene.before):
        ending = await wire.run(call_of(method, subject, f"{scene.name}-before-{number}"))
        assert ending.raised is None, ending
    recorder.said.clear()
    ending = await wire.run(call_of(scene.method, scene.subject, scene.name))
    await wire.close()
    assert ending.raised is None, (scene.name, ending)
    write_recording(
        folder,
        scene.name,
        about=scene.about,
        method=scene.method,
        at=AT,
        subject=scene.subject,
        exchanges=tuple(zip(ending.requests, recorder.said, strict=True)),
        expect=expected_of(ending.value),
        redaction=Redaction(authority.credentials.values()),
    )


def dual_use() -> list[Scene]:
    """What is recorded of the licensing authority."""
    export = Direction.EXPORT

    def about(reference: str, **more: Any) -> DocumentQuery:
        return asking("X060", reference, export, **more)

    def orders(reference: str, *lines: OrderLine, key: str = "one") -> QuantityOrder:
        return order("X060", reference, *lines, key=key, direction=export)

    one, drones = "DU.FR.2026.0000001", line("5", "H87", "88062290")
    two, both = "DU.FR.2026.0000009", line("2", "H87", "88062290", amount="60000")
    wanted, none = orders(one, drones), orders(one)
    return [
        Scene(name="valid", about="A licence that is in force", method="verify", subject=about(one)),
        Scene(name="expired", about="A licence that has expired", method="verify", subject=about("DU.FR.2026.0000002")),
        Scene(
            name="suspended", about="A licence that is suspended", method="verify", subject=about("DU.FR.2026.0000003")
        ),
        Scene(name="revoked", about="A licence that was revoked", method="verify", subject=about("DU.FR.2026.0000004")),
        Scene(name="denied", about="A licence that was denied", method="verify", subject=about("DU.FR.2026.0000005")),
        Scene(
            name="exhausted",
            about="A licence of which nothing is left",
            method="verify",
            subject=about("DU.FR.2026.0000006"),
        ),
        Scene(name="by_value", about="A licence by quantity and value", method="verify", subject=about(two)),
        Scene(
            name="global", about="A global licence by value alone", method="verify", subject=about("DU.FR.2026.0000010")
        ),
        Scene(
            name="registration",
            about="A registration without an end and a balance",
            method="verify",
            subject=about("EU001/FR/2026/00017"),
        ),
        Scene(
            name="no_country",
            about="A registration for every country",
            method="verify",
            subject=about("NGA/FR/2026/00003"),
        ),
        *(
            Scene(
                name=f"eu00{number}",
                about=f"A registration for the general authorisation EU00{number}",
                method="verify",
                subject=asking(f"X06{number}", f"EU00{number}/FR/2026/00017", direction=Direction.EXPORT),
            )
            for number in range(2, 9)
        ),
        Scene(
            name="transit",
            about="A transit authorisation",
            method="verify",
            subject=asking("X072", "DU.FR.2026.0000012", direction=Direction.TRANSIT),
        ),
        Scene(
            name="not_found", about="A number that nobody knows", method="verify", subject=about("DU.FR.2026.9999999")
        ),
        Scene(
            name="position",
            about="What is left, and who took it",
            method="position",
            subject=about("DU.FR.2026.0000015"),
        ),
        Scene(
            name="position_of_one",
            about="What one declaration holds",
            method="position",
            subject=about(one, declaration=of()),
            before=(("reserve", wanted),),
        ),
        Scene(
            name="position_of_nobody",
            about="A declaration that holds nothing",
            method="position",
            subject=about("DU.FR.2026.0000015", declaration=of()),
        ),
        Scene(name="reserve", about="A reservation", method="reserve", subject=wanted),
        Scene(
            name="reserve_by_value",
            about="A reservation by quantity and value",
            method="reserve",
            subject=orders(two, both),
        ),
        Scene(
            name="reserve_too_much",
            about="A reservation of more than is left",
            method="reserve",
            subject=orders(one, line("26", "H87", "88062290")),
        ),
        Scene(
            name="reserve_of_no_line",
            about="A reservation on a line that there is not",
            method="reserve",
            subject=orders(one, line("1", "H87", "88062290", number=7)),
        ),
        Scene(
            name="reserve_revoked",
            about="A reservation on a revoked licence",
            method="reserve",
            subject=orders("DU.FR.2026.0000004", drones),
        ),
        Scene(
            name="write_off",
            about="A write-off of what is reserved",
            method="write_off",
            subject=orders(one, drones, key="two"),
            before=(("reserve", wanted),),
        ),
        Scene(
            name="write_off_nothing", about="A write-off where nothing is reserved", method="write_off", subject=wanted
        ),
        Scene(
            name="cancel",
            about="A reservation that is cancelled",
            method="cancel",
            subject=orders(one, key="two"),
            before=(("reserve", wanted),),
        ),
        Scene(name="cancel_nothing", about="A cancellation of nothing", method="cancel", subject=none),
        Scene(name="force", about="A write-off without a reservation", method="force", subject=wanted),
        Scene(
            name="force_reserved",
            about="A forced write-off beside a reservation",
            method="force",
            subject=orders(one, drones, key="two"),
            before=(("reserve", wanted),),
        ),
        Scene(
            name="amend",
            about="Another write-off in its place",
            method="amend",
            subject=orders(one, line("3", "H87", "88062290"), key="two"),
            before=(("force", wanted),),
        ),
        Scene(
            name="delete",
            about="A write-off that is taken back",
            method="delete",
            subject=orders(one, key="two"),
            before=(("force", wanted),),
        ),
    ]


def catch() -> list[Scene]:
    """What is recorded of CATCH."""

    def about(reference: str, **more: Any) -> DocumentQuery:
        return asking("C673", reference, **more)

    def orders(reference: str, *lines: OrderLine, key: str = "one") -> QuantityOrder:
        return order("C673", reference, *lines, key=key)

    one, cod, used = "CATCH.CC.NO.2026.0000001", line("900", "KGM", "03036310"), "CATCH.CC.NO.2026.0000011"
    statement, tuna = "CATCH.PS.TH.2026.0000001", line("250.5", "KGM", "16041421")
    wanted = orders(one, cod)
    asked = {
        "valid": (one, "A certificate that is valid"),
        "submitted": ("CATCH.CC.IS.2026.0000002", "A certificate that is not validated yet"),
        "draft": ("CATCH.CC.FO.2026.0000007", "A draft"),
        "rejected": ("CATCH.CC.MA.2026.0000003", "A certificate that was rejected"),
        "cancelled": ("CATCH.CC.CL.2026.0000004", "A certificate that was cancelled"),
        "replaced": ("CATCH.CC.NO.2026.0000005", "A certificate that was replaced"),
        "no_usage": ("CATCH.CC.CN.2026.0000008", "A certificate of which no usage is kept"),
        "importer": ("CATCH.CC.NO.2026.0000010", "A certificate for one importer"),
        "slashes": ("US/NMFS/2026/00417", "A flag State's own number"),
        "used": (used, "A certificate that two declarations used"),
        "statement": (statement, "A processing statement"),
        "statement_rejected": ("CATCH.PS.TH.2026.0000002", "A processing statement that was rejected"),
        "not_found": ("CATCH.CC.NO.2026.9999999", "A number that neither register knows"),
    }
    scenes = [Scene(name=name, about=why, method="verify", subject=about(ref)) for name, (ref, why) in asked.items()]
    moved = {
        "write_off": ("write_off", wanted, (), "A usage"),
        "write_off_statement": ("write_off", orders(statement, tuna), (), "A usage of a processing statement"),
        "write_off_too_much": ("write_off", orders(one, line("24001", "KGM", "03036310")), (), "More than is left"),
        "write_off_no_line": ("write_off", orders(one, line("1", "KGM", "03036310", number=9)), (), "A line that there is not"),
        "write_off_again": (
            "write_off", orders(one, line("1", "KGM", "03036310"), key="two"), (("write_off", wanted),), "Another usage beside one",
        ),
        "force": ("force", wanted, (), "A usage that is forced"),
        "amend": ("amend", orders(one, line("800", "KGM", "03036310"), key="two"), (("write_off", wanted),), "Another usage in its place"),
        "amend_nothing": ("amend", wanted, (), "Another usage in the place of none"),
        "delete": ("delete", orders(one, key="two"), (("write_off", wanted),), "A usage that is taken back"),
    }  # fmt: skip
    scenes += [
        Scene(name=name, about=why, method=method, subject=subject, before=before)
        for name, (method, subject, before, why) in moved.items()
    ]
    return [
        *scenes,
        Scene(name="position", about="What is left, and who used it", method="position", subject=about(used)),
        Scene(
            name="position_of_one",
            about="What one declaration used",
            method="position",
            subject=about(one, declaration=of()),
            before=(("write_off", wanted),),
        ),
        Scene(
            name="position_of_nobody",
            about="A declaration that used nothing of a statement",
            method="position",
            subject=about("PS/TH/2026/00003", declaration=of()),
        ),
    ]


def traces() -> list[Scene]:
    """What is recorded of TRACES: the simulator's answers, and none of the real ones."""

    def about(reference: str, **more: Any) -> DocumentQuery:
        return asking("N853", reference, **more)

    def orders(reference: str, *lines: OrderLine, key: str = "one") -> QuantityOrder:
        return order("N853", reference, *lines, key=key)

    one, milk = "CHEDP.FR.2026.0000001", line("500", "KGM", "04012011")
    fish = "CHEDP.FR.2026.0000005"
    wanted = orders(one, milk)
    both = orders(fish, line("100", "KGM", "03036310"), line("50.5", "KGM", "03036400", number=2, item=2))
    asked = {
        "valid": (one, "A CHED that is validated"),
        "two_lines": (fish, "A CHED of two lines"),
        "in_progress": ("CHEDP.FR.2026.0000002", "A CHED in progress"),
        "rejected": ("CHEDP.FR.2026.0000003", "A CHED that was rejected"),
        "not_acceptable": ("CHEDP.FR.2026.0000010", "A CHED that is validated, and not acceptable"),
        "partially": ("CHEDP.FR.2026.0000011", "A CHED that was partially rejected"),
        "replaced": ("CHEDP.FR.2026.0000012", "A CHED that was replaced"),
        "draft": ("CHEDP.FR.2026.0000015", "A draft"),
        "cancelled": ("CHEDP.FR.2026.0000017", "A CHED that was cancelled"),
        "not_found": ("CHEDP.FR.2026.9999999", "A number that TRACES does not know"),
    }
    scenes = [Scene(name=name, about=why, method="verify", subject=about(ref)) for name, (ref, why) in asked.items()]
    horses = asking("C640", "CHEDA.FR.2026.0000001")
    scenes.append(Scene(name="pieces", about="A CHED of animals: no unit of weight", method="verify", subject=horses))
    other_types = (("C678", "CHEDD", "A CHED-D, of feed and food"), ("C085", "CHEDPP", "A CHED-PP, of plants"))
    scenes += [
        Scene(
            name=f"valid_{kind.lower()}_fr_2026_0000001",
            about=why,
            method="verify",
            subject=asking(code, f"{kind}.FR.2026.0000001"),
        )
        for code, kind, why in other_types
    ]
    moved = {
        "reserve": ("reserve", wanted, (), "A reservation"),
        "reserve_two_lines": ("reserve", both, (), "A reservation on two lines"),
        "reserve_too_much": ("reserve", orders(one, line("20001", "KGM", "04012011")), (), "More than is left"),
        "reserve_in_progress": ("reserve", orders("CHEDP.FR.2026.0000002", milk), (), "A reservation on a CHED in progress"),
        "write_off": ("write_off", orders(one, milk, key="two"), (("reserve", wanted),), "A write-off of what is reserved"),
        "write_off_nothing": ("write_off", wanted, (), "A write-off where nothing is reserved"),
        "cancel": ("cancel", orders(one, key="two"), (("reserve", wanted),), "A reservation that is cancelled"),
        "cancel_nothing": ("cancel", orders(one), (), "A cancellation of nothing"),
        "force": ("force", wanted, (), "A write-off without a reservation"),
        "amend": ("amend", orders(one, line("400", "KGM", "04012011"), key="two"), (("force", wanted),), "Another write-off in its place"),
        "delete": ("delete", orders(one, key="two"), (("force", wanted),), "A write-off that is taken back"),
    }  # fmt: skip
    scenes += [
        Scene(name=name, about=why, method=method, subject=subject, before=before)
        for name, (method, subject, before, why) in moved.items()
    ]
    return [
        *scenes,
        Scene(
            name="position",
            about="What is left of two lines, and who took it",
            method="position",
            subject=about(fish),
            before=(("reserve", both),),
        ),
        Scene(
            name="position_of_one",
            about="What one declaration holds",
            method="position",
            subject=about(one, declaration=of()),
            before=(("reserve", wanted),),
        ),
        Scene(
            name="position_of_nobody",
            about="A declaration that holds nothing",
            method="position",
            subject=about(one, declaration=of()),
        ),
        Scene(
            name="list",
            about="The certificates that are validated",
            method="list",
            subject=DocumentFilter(types=("N853",), statuses=("70",), country_of_origin="GB"),
        ),
    ]


def twin() -> list[Scene]:
    """What is recorded of the zoo's good twin."""
    one, apples = "OO/17", line("40", "KGM", "08081080")
    wanted, key = order("C690", one, apples, key="one"), "two"
    asked = {"valid": one, "revoked": "OO/18", "no_end": "OO/19", "not_found": "OO/99"}
    scenes = [
        Scene(name=name, about=f"Permit {reference}", method="verify", subject=asking("C690", reference))
        for name, reference in asked.items()
    ]
    moved: dict[str, tuple[Any, str]] = {
        "write_off": (order("C690", one, apples, key=key), "reserve"),
        "cancel": (order("C690", one, key=key), "reserve"),
        "amend": (order("C690", one, line("30", "KGM", "08081080"), key=key), "force"),
        "delete": (order("C690", one, key=key), "force"),
    }
    scenes += [
        Scene(name=method, about=f"A {method}", method=method, subject=subject, before=((before, wanted),))
        for method, (subject, before) in moved.items()
    ]
    too_much = order("C690", one, line("501", "KGM", "08081080"), key="one")
    return [
        *scenes,
        Scene(
            name="held",
            about="A permit of which a declaration holds a part",
            method="verify",
            subject=asking("C690", one, declaration=of()),
            before=(("reserve", wanted),),
        ),
        Scene(
            name="position",
            about="What a declaration holds",
            method="position",
            subject=asking("C690", one, declaration=of()),
            before=(("reserve", wanted),),
        ),
        Scene(name="reserve", about="A reservation", method="reserve", subject=wanted),
        Scene(name="refused", about="More than is left", method="reserve", subject=too_much),
        Scene(
            name="nothing", about="A cancellation of nothing", method="cancel", subject=order("C690", one, key="one")
        ),
        Scene(name="force", about="A write-off without a reservation", method="force", subject=wanted),
    ]


def xml_twin() -> list[Scene]:
    """What is recorded of the zoo's other good twin."""
    asked = {"granted": "GB/1", "pending": "GB/2", "refused": "GB/3", "not_found": "GB/9"}
    return [
        Scene(name=name, about=f"Permit {reference}", method="verify", subject=asking("C400", reference))
        for name, reference in asked.items()
    ]


def push() -> None:
    """Writes what TRACES pushes, which the simulator does not do by itself."""
    folder = find_package("traces", "adapters.traces")[1] / "exchanges"
    changed = [{"reference": f"CHEDP.FR.2026.000000{number}", "status": "70"} for number in (1, 2)]
    (folder / "pushed.xml").write_bytes(pushed(changed))
    # The simulator writes 08:00+01:00 on each.
    at = "2026-03-01T07:00:00Z"
    rows = [f'    {{ type = "N853", reference = "{one["reference"]}", at = "{at}" }},\n' for one in changed]
    (folder / "pushed.toml").write_text(
        'about = "Two certificates that have changed"\n\n[call]\nmethod = "read_notification"\n'
        f'at = {AT:%Y-%m-%dT%H:%M:%SZ}\n\n[call.subject]\nbody_file = "pushed.xml"\n\n'
        "[expect]\nchanges = [\n" + "".join(rows) + "]\n"
    )


def fgas() -> list[Scene]:
    """What is recorded of the F-gas Portal."""

    def orders(*values: str, key: str = "one", number: int = 1, year: int = 2026) -> QuantityOrder:
        lines = [line(one, "TCE", "29034200", number=year, item=place) for place, one in enumerate(values, 1)]
        return order("Y125", f"FG.FR.000000{number}", *lines, key=key)

    states = ("valid", "not_validated", "revoked", "suspended", "given_up", "expired", "used", "nearly_used", "other")
    quota = [asking("Y125", f"FG.FR.000000{number}", declaration=of()) for number in range(1, 10)]
    told, wanted = (("write_off", orders("67.5")),), orders("67.5", "20.25")
    scenes: dict[str, tuple[Any, ...]] = {
        **{name: ("verify", one) for name, one in zip(states, quota, strict=True)},
        "registration": ("verify", asking("Y123", "FG.FR.0000001", declaration=of())),
        **{kind: ("verify", asking(kind, "FG.FR.0000001", declaration=of())) for kind in ("C057", "C079", "C082")},
        "of_nobody": ("verify", asking("Y125", "FG.FR.0000010", declaration=of())),
        "not_found": ("verify", asking("Y125", "FG.FR.9999999")),
        "taken": ("verify", quota[0], *told),
        "position": ("position", quota[0], *told),
        "position_of_nobody": ("position", quota[0]),
        "write_off": ("write_off", wanted),
        "write_off_again": ("write_off", orders("40", key="two"), *told),
        "write_off_too_much": ("write_off", orders("120")),
        "write_off_of_no_year": ("write_off", orders("1", year=2031)),
        "write_off_suspended": ("write_off", orders("1", number=4)),
        "force": ("force", orders("120")),
        "amend": ("amend", orders("30", "40", key="two"), *told),
        "amend_nothing": ("amend", wanted),
        "delete": ("delete", orders(key="two"), *told),
        "delete_nothing": ("delete", orders()),
    }
    return [
        Scene(name=name, about=name.replace("_", " "), method=method, subject=subject, before=tuple(before))
        for name, (method, subject, *before) in scenes.items()
    ]


SCENES: dict[str, tuple[Any, dict[str, str]]] = {
    "dual_use": (dual_use, {}),
    "twin": (twin, {}),
    "xml_twin": (xml_twin, {}),
    "catch": (catch, {}),
    "fgas": (fgas, {}),
    "traces": (
        traces,
        {"username": "gateway", "web_service_client_id": "eu-single-window-gateway", "customs_office": "FR000001"},
    ),
}


def main() -> None:
    """Records what the command line names, or all."""
    for name in sys.argv[1:] or SCENES:
        scenes, settings = SCENES[name]
        asyncio.run(record(f"{'tests.zoo' if name.endswith('twin') else 'adapters'}.{name}", scenes(), settings))
        if name == "traces":
            push()


if __name__ == "__main__":
    main()
