"""What `docs/authorities.md` shows of each delivered authority, out of its file or manifest, its rows and the delivered configuration."""

import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

from gateway.contract import Direction
from gateway.domain.tables.formality_rows import DocumentHolders, HolderMatch
from gateway.domain.tables.in_force import InForce, Tables
from gateway.domain.tables.rows import DocumentRoute, HolderParty, QuantityMode, Use
from gateway.domain.verification import DocumentStatus
from gateway.settings.tables import load_tables
from tests.builders.places import CONFIG, ROOT
from tools.finding_readers import readers

_PAGE = "docs/authorities.md"
_FREE = ("01", "07", "40", "42", "43", "44", "45", "46", "48", "61", "63", "68")
_OUT = ("10", "11", "21", "22", "23", "31")
_PARTIES = {
    HolderParty.EXPORTER: "exporter",
    HolderParty.IMPORTER: "importer",
    HolderParty.DECLARANT: "declarant",
    HolderParty.HOLDER: "holder of the transit procedure",
}
_QUANTITIES = {
    QuantityMode.LEDGER: "compared with what is left in the authority's ledger, reserved there at acceptance, written off at release",
    QuantityMode.USAGE: "compared with what the authority says is left; nothing is reserved, and what is used is told at release",
    QuantityMode.ACCOUNT: "the figures of all goods items together are compared with what is left of an account of a holder and a year; what is used is told at release",
    QuantityMode.OWN: "compared with what is certified, by this declaration alone: the authority keeps no ledger, and nothing is moved",
}
_EVERY = "of every document"
GROUPS = {
    _EVERY: "012 015 020-028 030-040 080-086 130-134 140-142 160 203 278 279",
    "goods": "041-047 224",
    "decision": "003 050-055 220 221",
    "what goods are released as": "272 273",
    "extracts": "100",
    "holder": "060 061",
    "destination": "062 063 200",
    "country of dispatch": "064 065",
    "quantity": "004 056 070-079 124 125 127 129",
    "account": "070-072",
    "reservation": "002 100-113 119",
    "what is told": "114-118 120-123 126 128 143-145",
    "deviation": "276",
    "one use": "096 101",
    "documents together": "274 275",
    "figures": "270 271",
    "some procedures alone": "277",
    "catch certificates": "222 223 225",
}
"""The findings about each thing that is compared or moved, by their numbers. Those of every document are what an authority said or did not say,
how it was cited, what stands in for it, and what holds whatever it is."""


def codes_of(group: str) -> list[str]:
    """The findings of a group that the tables have."""
    ends = [part.partition("-") for part in GROUPS[group].split()]
    numbers = [number for first, _, last in ends for number in range(int(first), int(last or first) + 1)]
    return [code for number in numbers if _now().rule(code := f"SW-DEC-{number:03}") is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Formality:
    """A delivered authority: its folder below `adapters/`, and what its file or manifest says."""

    name: str
    said: Mapping[str, Any]
    in_code: bool

    @property
    def title(self) -> str:
        """What its documents are."""
        return str(self.said["title"])

    @property
    def anchor(self) -> str:
        """The place of its section."""
        return self.name.replace("_", "-")


def formalities() -> list[Formality]:
    """Every delivered authority that decides about documents, by name."""
    found = []
    for file in ROOT.glob("adapters/*/*.toml"):
        if file.name in ("manifest.toml", "authority.toml"):
            said = tomllib.loads(file.read_text(encoding="utf-8"))
            if "document_types" in said:
                found.append(Formality(name=file.parent.name, said=said, in_code=file.name == "manifest.toml"))
    return sorted(found, key=lambda one: one.name)


@cache
def _tables() -> Tables:
    """The tables of an installation that has connected every delivered authority."""
    return load_tables(CONFIG, *sorted(ROOT.glob("adapters/*/tables")))


def _now() -> InForce:
    """Those of their rows that hold until they are replaced."""
    return _tables().at(date.max)


def overview() -> str:
    """Every formality in one line."""
    lines = [
        "| formality | documents | who decides | on unless configured | quantities | told of a release |",
        "|---|---|---|---|---|---|",
    ]
    for one in formalities():
        routes = [route for _, _, route in _routes(one)]
        who = dict.fromkeys(route.authority for route in routes)
        modes = dict.fromkeys(route.quantity for route in routes)
        cells = (
            f"[{one.title}](#{one.anchor})",
            " ".join(one.said["document_types"]),
            "; ".join(who),
            _connected(one),
            ", ".join(mode.value for mode in modes if mode is not QuantityMode.NONE) or "none",
            _told(routes),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _connected(one: Formality) -> str:
    """Whether the delivered configuration asks it, and where its rows are."""
    configured = tomllib.loads((CONFIG / "gateway.toml").read_text(encoding="utf-8"))["adapters"].get(one.name)
    if configured is not None and configured.get("enabled", True):
        return "yes, in the configuration to try out"
    rows = f"; its rows: `adapters/{one.name}/tables`" if (ROOT / "adapters" / one.name / "tables").is_dir() else ""
    return f"no{', delivered disabled' if configured is not None else ''}{rows}"


def _told(routes: Sequence[DocumentRoute]) -> str:
    told = []
    if any(route.report for route in routes):
        told.append("that goods were released, without a quantity")
    if any(route.quantity.told_at_release for route in routes):
        told.append("what was used")
    if any(route.quantity is QuantityMode.LEDGER for route in routes):
        told.append("the write-off")
    return "; ".join(told) or "nothing"


def _routes(one: Formality) -> list[tuple[str, Direction, DocumentRoute]]:
    """The rows by which an authority is asked: document type, direction, row. In transit no quantity counts: it has no procedure."""
    found = ((kind, way, _now().route(kind, way)) for kind in one.said["document_types"] for way in Direction)
    return [
        (kind, way, replace(route, quantity=QuantityMode.NONE) if way is Direction.TRANSIT else route)
        for kind, way, route in found
        if route is not None and route.adapter == one.name
    ]


def quantities() -> str:
    """What each way of managing a quantity means, and who is managed so."""
    lines = ["| quantity | what becomes of it | documents |", "|---|---|---|"]
    routes = [one for formality in formalities() for one in _routes(formality)]
    for mode, meaning in _QUANTITIES.items():
        kinds = dict.fromkeys(kind for kind, _, route in routes if route.quantity is mode)
        lines.append(f"| `{mode.value}` | {meaning} | {' '.join(kinds)} |")
    return "\n".join(lines) + "\n"


def sections() -> str:
    """A section for each formality."""
    return "\n".join(line for one in formalities() for line in _section(one))


def _section(one: Formality) -> Iterator[str]:
    routes = _routes(one)
    yield f'### <a id="{one.anchor}"></a>{one.title}'
    yield ""
    linked = str(one.said["authority"]).replace("README.md", f"its [README](../adapters/{one.name}/README.md)")
    yield f"{linked}. Contract {one.said['contract']}, tier `{one.said['tier']}`."
    yield ""
    yield "| | |"
    yield "|---|---|"
    for kind in one.said["document_types"]:
        yield f"| **{kind}** | {_now().texts.words['called'].get(kind, 'no delivered name')} |"
    yield f"| legal basis | {'; '.join(dict.fromkeys(route.legal_basis for *_, route in routes))} |"
    yield f"| on unless configured | {_connected(one)}; how to connect it: [README](../adapters/{one.name}/README.md) |"
    yield f"| what it asks | {_asks(one)} |"
    yield f"| its words | {_words(one)} |"
    yield f"| asked again by itself | {_again(one)} |"
    yield ""
    yield "| documents | where | what is compared | quantity | told of a release |"
    yield "|---|---|---|---|---|"
    rows: dict[tuple[str, ...], list[str]] = {}
    for kind, way, route in routes:
        cells = (
            f"{way.value}{_where(way, route)}",
            "; ".join(_compared(kind, way, route)) or "its status alone",
            _quantity(kind, route),
            _told([route]),
        )
        rows.setdefault(cells, []).append(kind)
    for key, kinds in rows.items():
        yield f"| {' '.join(kinds)} | {' | '.join(key)} |"
    yield ""
    read = ", ".join(f"[{group}](#{_anchor(group)})" for group in (_EVERY, *groups_of(one)))
    yield f"What is read: {read}."
    yield ""


def _asks(one: Formality) -> str:
    asked = [
        f"`{request.get('method', 'POST')} {request['path']}`"
        for request in one.said.get("verify", {}).get("request", ())
    ]
    way = ", ".join(asked) if asked else "by code"
    return f"{way}; it can {', '.join(f'`{what}`' for what in one.said.get('capabilities', ('verify',)))}"


def _words(one: Formality) -> str:
    folder = ROOT / "adapters" / one.name
    said = tomllib.loads((folder / "codes.toml").read_text(encoding="utf-8")) if one.in_code else one.said
    means: dict[str, list[str]] = {}
    for row in said["status"]:
        if "valid_to" not in row:
            means.setdefault(row["means"], []).append(f"`{row['code']}`")
    return "; ".join(f"{' '.join(codes)} {meaning.replace('_', ' ')}" for meaning, codes in means.items())


def _again(one: Formality) -> str:
    told = []
    for status in DocumentStatus:
        rows = {row for kind in one.said["document_types"] if (row := _now().ask_again(one.name, kind, status))}
        for row in sorted(rows, key=lambda row: row.types):
            first, last = row.first_minutes / 60, row.longest_minutes / 60
            when = f"every {last:g} hours" if first == last else f"after {first:g} to {last:g} hours"
            told.append(f"{status.value.replace('_', ' ')}: {when}, for {row.for_days:g} days")
    return "; ".join(told) or "as the settings say"


def _where(way: Direction, route: DocumentRoute) -> str:
    others = _OUT if way is Direction.IMPORT else _FREE
    here = [procedure for procedure in route.procedures if procedure not in others]
    return f", under {_procedures(here)}" if here else ""


def _procedures(codes: Collection[str]) -> str:
    """Writes procedures, those of release for free circulation (F) and of export (X) together."""
    names, left = [], list(codes)
    for name, group in (("F", _FREE), ("X", _OUT)):
        if set(group) <= set(left):
            names.append(name)
            left = [code for code in left if code not in group]
    return " ".join((*names, *left))


def _use(use: Use) -> str:
    return " where the record names it" if use is Use.WHEN_NAMED else ""


def _compared(kind: str, way: Direction, route: DocumentRoute) -> Iterator[str]:
    """Yields what of a record is compared with the declaration."""
    now = _now()
    if route.commodity is not Use.NO:
        yield f"goods{_use(route.commodity)}"
    if route.decided:
        yield "decision with the procedure"
    if route.holder is not Use.NO:
        yield f"holder{_use(route.holder)}: {_holder(kind, way, route)}"
    if route.destination is not Use.NO:
        yield f"destination{_use(route.destination)}"
    if route.dispatch is not Use.NO:
        yield f"country of dispatch{_use(route.dispatch)}"
    if (once := now.formalities.once(kind)) is not None:
        yield f"whether it has served{f' ({_procedures(once.procedures)})' if once.procedures else ''}"
    if (beside := now.formalities.together(kind, way)) is not None:
        when = f" where `{beside.fact}` is `{beside.value}`" if beside.fact is not None else ""
        yield f"{' or '.join(beside.beside)} beside it{when}"
    if figures := _figures(kind):
        yield f"figures beside it: {', '.join(figures)}"


def _figures(kind: str) -> list[str]:
    found = ((code, _now().figures.code(code)) for code in sorted(_now().figures.types))
    return [f"{code} in {row.counts_in.value}" for code, row in found if row is not None and kind in row.beside]


def _holder(kind: str, way: Direction, route: DocumentRoute) -> str:
    rows: dict[DocumentHolders, list[str]] = {}
    for procedure in ("", *(_FREE if way is Direction.IMPORT else _OUT), "51", "53", "71", "78"):
        row = _now().formalities.holders(kind, way, procedure)
        if row is not None:
            rows.setdefault(row, []).append(procedure)
    if not rows:
        return f"the {_PARTIES[route.party]}" if route.party is not None else "the party that the row names"
    return ", ".join(
        f"the {(' or ' if row.match is HolderMatch.ANY else ', else ').join(_PARTIES[party] for party in row.parties)}"
        + (f" under {' '.join(row.procedures)}" if row.procedures else "")
        for row in rows
    )


def _quantity(kind: str, route: DocumentRoute) -> str:
    if route.quantity is QuantityMode.NONE:
        return "none"
    told = [f"{route.quantity.value} under {_procedures(route.reserves)}"]
    if route.verifies:
        told.append(f"not counted under {_procedures(route.verifies)}")
    if (account := _now().figures.account(kind)) is not None:
        taken = "one shipment a declaration" if account.figure is None else f"by the figure {account.figure}"
        told.append(f"account `{account.kind}`, {taken}")
    if (row := _now().formalities.deviation(kind)) is not None:
        told.append(f"{row.up:f} % more or {row.down:f} % less may be declared")
    elif percent := _now().tolerance(route.adapter or "", kind):
        told.append(f"{percent:f} % more may be declared")
    return "; ".join(told)


def groups_of(one: Formality) -> list[str]:
    """The groups of findings that its documents can get beside those of every document."""
    found = {group for kind, way, route in _routes(one) for group in _groups(kind, way, route)}
    return [group for group in GROUPS if group in found]


def _groups(kind: str, way: Direction, route: DocumentRoute) -> Iterator[str]:
    now, mode = _now(), route.quantity
    fits = [fit for fit in _tables().decisions if kind in fit.types and fit.valid_to is None]
    holds = {
        "goods": route.commodity is not Use.NO,
        "decision": route.decided,
        "what goods are released as": any(fit.note is not None for fit in fits),
        "extracts": any(fit.extracts for fit in fits),
        "holder": route.holder is not Use.NO,
        "destination": route.destination is not Use.NO,
        "country of dispatch": route.dispatch is not Use.NO,
        "quantity": mode not in (QuantityMode.NONE, QuantityMode.ACCOUNT),
        "account": mode is QuantityMode.ACCOUNT,
        "reservation": mode is QuantityMode.LEDGER,
        "what is told": mode is QuantityMode.LEDGER or mode.told_at_release,
        "deviation": now.formalities.deviation(kind) is not None,
        "one use": now.formalities.once(kind) is not None,
        "documents together": now.formalities.together(kind, way) is not None,
        "figures": bool(_figures(kind)),
        "some procedures alone": bool(route.procedures),
        "catch certificates": any(kind in row.types for row in _tables().validated),
    }
    return (group for group, does in holds.items() if does)


def _anchor(group: str) -> str:
    return f"read-{group.replace(' ', '-')}"


def readings() -> str:
    """Every finding that a document of a delivered authority can get, with who reads it, and where its sentence stands."""
    lines = ["| finding | what it is about | effect | a trader reads it |", "|---|---|---|---|"]
    pages, texts = _pages(), _now().texts
    for group in GROUPS:
        lines.append(f'| <a id="{_anchor(group)}"></a>**{group}** | | | |')
        for code in codes_of(group):
            row, found = _now().rule(code), readers(code, _now())
            assert row is not None
            who = "at once" if found is None else "no" if found.is_for_customs else found.when
            title = texts.messages[code].title
            lines.append(f"| [{code}]({pages[code]}#{code.lower()}) | {title} | {row.effect.value} | {who} |")
    return "\n".join(lines) + "\n"


@cache
def _pages() -> dict[str, str]:
    """The page of the book of the rules on which each finding stands."""
    return {
        line.partition("</a>")[2].partition(":")[0]: f"rules/{page.name}"
        for page in sorted((ROOT / "docs/rules").glob("*.md"))
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.startswith("## <a id=")
    }


TABLES: Mapping[tuple[str, str], Callable[[], str]] = {
    (_PAGE, "formalities"): overview,
    (_PAGE, "quantities"): quantities,
    (_PAGE, "authorities"): sections,
    (_PAGE, "readings"): readings,
}
