"""An authority as one TOML file: read, compiled and checked as a whole before anybody is asked."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import tomli

from gateway.contract import Auth, Manifest, ManifestFault, MovementKind, Status
from gateway.contract.manifest import manifest_of
from gateway.contract.reading import Record
from gateway.dispatch.declarative.accounts import StatedAccounts, stated_accounts
from gateway.dispatch.declarative.expressions import Expression
from gateway.dispatch.declarative.fact_tables import NULL, FileContext, fact, rows, source
from gateway.dispatch.declarative.facts import StatedCodes, StatedFact
from gateway.dispatch.declarative.goods import OF_ASKED_LINE, OF_DECLARATION, SaidOfDeclaration
from gateway.dispatch.declarative.goods_tables import goods_row, of_declaration_alone, said_of_declaration
from gateway.dispatch.declarative.lines import AtLine
from gateway.dispatch.declarative.movements import DeclaredMovement, DeclaredMovements
from gateway.dispatch.declarative.paths import MISSING, is_null, leaf
from gateway.dispatch.declarative.positions import StatedPosition, StatedRows
from gateway.dispatch.declarative.replies import ReplyFormat
from gateway.dispatch.declarative.report_tables import KEYS as OF_REPORTS
from gateway.dispatch.declarative.report_tables import declared_reports
from gateway.dispatch.declarative.reports import DeclaredReports
from gateway.dispatch.declarative.request_tables import (
    CHANGES,
    READS,
    RequestContext,
    agreements,
    authority_faults,
    gap,
    not_found_rows,
    request,
)
from gateway.dispatch.declarative.requests import DeclaredRequest, Soap, SoapSecurity
from gateway.dispatch.declarative.sections import AuthorityFileFault, FileFaults, Section
from gateway.dispatch.declarative.soap_paths import ENVELOPES
from gateway.dispatch.declarative.templates import Template, template

ENTRY_POINT = "authority:toml"
"""The entry point of such an adapter in its manifest, in place of a class."""
LARGEST = 1_000_000
"""Characters of the largest file."""
MOVEMENTS = tuple(kind.value for kind in MovementKind)
OWN_KEYS = frozenset(
    {
        "format",
        "namespaces",
        "soap",
        "reference",
        "verify",
        "position",
        "account",
        "movement",
        "notification",
        "fault",
        *MOVEMENTS,
    }
    | OF_REPORTS
)
"""Keys that are not the manifest's; beside them stand the code lists."""

_PREFIX = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*", re.ASCII)
_AT_LINE = re.compile(r"\(at line ([0-9]+), ")
_QUERY = frozenset({"reference", "type", "direction", "customs_office", "accepted_on", "message_id", "at", "day"})
_ORDER = frozenset(
    {"reference", "type", "direction", "customs_office", "message_id", "at", "day", "key", "mrn", "movement", "lines"}
)
_ROW = frozenset({"goods_item", "line", "commodity_code", "quantity", "unit", "amount", "currency"})
_FACTS: Mapping[str, str] = MappingProxyType(
    {
        "reference": "text",
        "type": "text",
        "decision": "text",
        "valid_from": "day",
        "valid_to": "day",
        "holder": "text",
        "ask_again_at": "instant",
    }
)
_LISTS = ("holders", "destinations", "dispatched_from", "successors", "conditions")
_LINE: Mapping[str, str] = MappingProxyType(
    {
        "number": "count",
        "commodity_code": "text",
        "nomenclature": "text",
        "origin": "text",
        "description": "text",
        "refused": "truth",
    }
)
_LEFT: Mapping[str, str] = MappingProxyType({"line": "count", "commodity_code": "text"})
_TAKEN: Mapping[str, str] = MappingProxyType(
    {
        "kind": "text",
        "declaration": "text",
        "state": "text",
        "goods_item": "count",
        "line": "count",
        "commodity_code": "text",
        "customs_office": "text",
        "at": "instant",
    }
)
_MEASURES: Mapping[str, bool] = MappingProxyType({"quantity": False, "amount": True})
_NEEDED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"quantity": ("reserve", "write_off", "cancel"), "usage": ("write_off",)}
)
"""The movements that a capability cannot be without."""
_DESCRIBED: Mapping[str, str] = MappingProxyType({"notifications": "notification", "report": "report"})
"""The table of each capability that is described by one alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPages:
    """The way in which an answer goes on on further pages."""

    line: int
    """The line in the file."""
    source: str
    next: StatedFact
    first: str

    def following(self, node: Any) -> str | None:
        """Return what asks for the page behind this one; None: it is the last.

        Raises:
            UnexpectedAnswer: the answer does not say.
        """
        with AtLine(self.next.line):
            return self._following(node)

    def _following(self, node: Any) -> str | None:
        assert self.next.path is not None
        found = self.next.path.one(node, optional=self.next.optional)
        if found is MISSING or (self.next.null and is_null(found)):
            return None
        value = leaf(found)
        return Record({self.next.key: str(value) if type(value) is int else value}, self.next.table).text(self.next.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityFile:
    """An authority, as its file describes it."""

    manifest: Manifest
    tier_cap: str
    """The highest tier that the file can have: `draft` where an answer says nothing of what was asked."""
    cap_reasons: Sequence[tuple[int, str]]
    """The reasons why it is a draft, in the file's own words with their lines."""
    replies: ReplyFormat
    soap: Soap | None
    plain: bool
    """Whether blanks and the case of letters do not count in its numbers."""
    form: Expression | None
    form_line: int
    """The line in the file."""
    requests: tuple[DeclaredRequest, ...]
    said: SaidOfDeclaration
    """The values that they take from the declaration behind a question."""
    pages: AnswerPages | None
    status: StatedFact
    status_reason: StatedFact | None
    statuses: StatedCodes[Status]
    facts: Mapping[str, StatedFact]
    lists: Collection[str]
    further: Mapping[str, StatedFact]
    lines: StatedRows | None
    position: StatedPosition | None
    accounts: StatedAccounts | None
    movements: DeclaredMovements | None
    pushed: StatedRows | None
    reports: DeclaredReports | None


def read_authority_file(text: str) -> AuthorityFile:
    """Read a file.

    Raises:
        AuthorityFileFault: with every fault, each with its line.
    """
    if len(text) > LARGEST:
        raise AuthorityFileFault([(1, f"the file: longer than {LARGEST} characters")])
    try:
        table = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        line = _AT_LINE.search(str(error))
        raise AuthorityFileFault([(int(line[1]) if line else 1, f"not TOML: {error}")]) from error
    except RecursionError as error:
        raise AuthorityFileFault([(1, "not TOML: nested too deeply")]) from error
    return _AuthorityFileReader(text, table).read()


class _AuthorityFileReader:
    """The reading of one file, which notes every fault and goes on."""

    def __init__(self, text: str, table: dict[str, Any]) -> None:
        self.faults = FileFaults(text)
        self.top = Section(table, (), self.faults)
        self.table = table
        self.lists = [key for key, value in table.items() if key not in OWN_KEYS and _is_tables(value)]
        self.manifest = self._manifest()
        language = self.top.text("format", needed=True, among=("json", "xml")) or "json"
        self.file = FileContext(
            text=text,
            table=table,
            faults=self.faults,
            language=language,
            namespaces=self._namespaces(),
            lists=tuple(self.lists),
        )
        settings = () if self.manifest is None else (*self.manifest.settings, *self.manifest.optional_settings)
        self.names = frozenset(f"settings.{key}" for key in settings)
        self.form, self.plain = self._reference()
        soap = self._soap()
        self.file.soap = None if soap is None else soap.version
        self.asking = RequestContext(file=self.file, soap=soap, names=self.names, reserved=self._reserved())

    def read(self) -> AuthorityFile:
        """Read the rest.

        Raises:
            AuthorityFileFault: the file has faults.
        """
        faults = authority_faults(self.file, self.top)
        verify = self.top.table("verify", needed=True)
        requests: tuple[DeclaredRequest, ...] = ()
        rest: dict[str, Any] = {}
        if verify is not None:
            row = goods_row(self.asking, verify, OF_ASKED_LINE)
            requests = self._requests(verify, row)
            rest = self._facts_of(verify, requests)
            rest["said"] = said_of_declaration(verify, requests, row)
            self._asks_for_positions(verify, rest["said"])
            verify.end()
        position = self._position()
        accounts = stated_accounts(self.asking, self.top, rest.get("facts", ()), has_position=position is not None)
        movements = self._movements(position)
        pushed = self._pushed()
        reports = declared_reports(self.asking, self.top, self.names)
        self._promises(position, movements)
        cap = "draft" if self.asking.without_agreement else "conformant"
        if cap == "draft" and self.manifest is not None and self.manifest.tier != "draft":
            self.faults.add(("tier",), 'without `same` an adapter is a draft: write tier = "draft"')
        for name in self.lists:
            if name not in self.file.named_lists:
                self.faults.add((name,), "no fact names this code list")
        self.faults.end()
        assert self.manifest is not None
        return AuthorityFile(
            manifest=self.manifest,
            tier_cap=cap,
            cap_reasons=tuple(self.asking.without_agreement),
            replies=ReplyFormat(
                language=self.file.language,
                soap=None if self.asking.soap is None else self.asking.soap.namespace,
                faults=faults,
            ),
            soap=self.asking.soap,
            plain=self.plain,
            form=self.form,
            form_line=self.faults.line(("reference", "form")),
            requests=requests,
            position=position,
            accounts=accounts,
            movements=movements,
            pushed=pushed,
            reports=reports,
            lists=_LISTS,
            **rest,
        )

    def _manifest(self) -> Manifest | None:
        own = {key: value for key, value in self.table.items() if key not in OWN_KEYS and key not in self.lists}
        for key, why in (
            ("entry_point", "a file has no code"),
            ("identity", 'a file has no code: say [reference] spelling = "plain"'),
        ):
            if own.pop(key, None) is not None:
                self.faults.add((key,), f"is not given here: {why}")
        try:
            found = manifest_of({**own, "entry_point": ENTRY_POINT})
        except ManifestFault as error:
            for one in error.faults:
                key, _, what = one.partition(": ")
                self.faults.add(tuple(key.split(".")), what)
            return None
        if other := sorted(found.capabilities & {"list", "subscribe"}):
            self.faults.add(
                ("capabilities",), f"{', '.join(other)}: lists are not described by a file; write an adapter"
            )
        return found

    def _namespaces(self) -> Mapping[str, str]:
        section = self.top.table("namespaces")
        found: dict[str, str] = {}
        for prefix in section.keys if section is not None else ():
            assert section is not None
            uri = section.text(prefix)
            if not _PREFIX.fullmatch(prefix):
                section.fault(prefix, "a prefix is needed: a letter, then letters, digits, `.`, `_` or `-`")
            elif uri is not None:
                found[prefix] = uri
        return found

    def _reserved(self) -> frozenset[str]:
        auth = Auth() if self.manifest is None else self.manifest.auth
        of_kinds = {"header": auth.header, "basic": "authorization", "oauth2_client_credentials": "authorization"}
        return frozenset(of_kinds[kind].lower() for kind in auth.kinds if kind in of_kinds)

    def _reference(self) -> tuple[Expression | None, bool]:
        section = self.top.table("reference")
        if section is None:
            return None, False
        form = self.file.expression(section, "form", section.text("form"))
        plain = section.text("spelling", among=("plain", "as written")) == "plain"
        section.end()
        self.names |= {f"reference.{name}" for name in (form.groups if form is not None else ())}
        return form, plain

    def _soap(self) -> Soap | None:
        section = self.top.table("soap")
        if section is None:
            return None
        if self.file.language != "xml":
            section.fault(None, 'SOAP is XML: write format = "xml"')
        version = section.text("version", needed=True, among=tuple(ENVELOPES)) or "1.1"
        names = frozenset({"message_id", "at", "day", "customs_office"}) | self.names
        header = self._soap_header(section, names)
        inner, security = section.table("security"), None
        if inner is not None:
            username, secret = inner.text("username", needed=True), inner.text("password", needed=True)
            if secret is not None and self.manifest is not None and secret not in self.manifest.secrets:
                inner.fault(
                    "password", "the name of one of the manifest's secrets is needed, and never the password itself"
                )
            written = gap(self._bare(), inner, "username", username, "plain", names) if username is not None else None
            understood = inner.truth("must_understand")
            if written is not None and secret is not None:
                security = SoapSecurity(username=written, secret=secret, must_understand=understood)
            inner.end()
        section.end()
        return Soap(version=version, header=header, security=security)

    def _soap_header(self, section: Section, names: Collection[str]) -> Template | None:
        text = section.text("header")
        if text is None:
            return None
        if gap(self._bare(), section, "header", f"<header>{text}</header>", "xml", names) is None:
            return None
        return template(text, "xml", names)

    def _bare(self) -> RequestContext:
        return RequestContext(file=self.file, soap=None, names=self.names)

    def _requests(self, verify: Section, row: Template | None) -> tuple[DeclaredRequest, ...]:
        names = _QUERY | OF_DECLARATION | self.names
        paged = "pages" in verify
        common = agreements(self.asking, verify, names, must_name=("reference",))
        found: list[DeclaredRequest] = []
        sections = list(verify.tables("request"))
        if not sections:
            verify.fault(None, "[[verify.request]] is missing: say what is asked")
        for number, section in enumerate(sections):
            own = common
            if section.raw("same") is not None:
                own = agreements(self.asking, section, names, must_name=("reference",))
            one = request(self.asking, section, names | ({"page"} if paged else frozenset()), READS, own, rows=row)
            taken = {
                key: path
                for key, text in section.texts("take").items()
                if (path := self.file.path(section, "take", text, many=False)) is not None
            }
            not_found = tuple(not_found_rows(self.asking, section, names))
            name = section.text("name") or f"request {number + 1}"
            if name in [other.name for other in found]:
                section.fault("name", "another request has this name")
            section.end()
            names |= {f"taken.{key}" for key in taken}
            if one is not None:
                found.append(replace(one, name=name, taken=taken, not_found=not_found))
        self.file.requests = tuple(one.name for one in found)
        return tuple(found)

    def _facts_of(self, verify: Section, requests: tuple[DeclaredRequest, ...]) -> dict[str, Any]:
        status = self._from_answer(verify, "status")
        reason = fact(self.file, verify, "status_reason", "text", needed=False)
        section = verify.table("facts", needed=True)
        facts: dict[str, StatedFact] = {}
        further: dict[str, StatedFact] = {}
        if section is not None:
            facts = self._facts(section)
            if (inner := section.table("further")) is not None:
                read = ((key, fact(self.file, inner, key, "text", many=None)) for key in inner.keys)
                further = {key: found for key, found in read if found is not None}
            section.end()
        lines = None
        if (inner := verify.table("lines")) is not None:
            constants = {"nomenclature": ("HS", "CN")}
            needed = ("number", "commodity_code")
            measures = {**_MEASURES, "volume": False}
            total = fact(self.file, inner, "total", "whole", needed=False, certain=True)
            lines = rows(self.file, inner, _LINE, needed, measures, constants=constants, lists={"origins": "text"})
            lines = None if lines is None else replace(lines, total=total)
        return {
            "status": status,
            "status_reason": reason,
            "statuses": self.file.codes(verify, "status", "status"),
            "facts": facts,
            "further": further,
            "lines": lines,
            "pages": self._pages(verify, requests),
        }

    def _from_answer(self, section: Section, key: str) -> StatedFact | None:
        """Read a fact that the authority says itself: what is always the same would be an answer that nobody gave."""
        found = fact(self.file, section, key, "text", certain=True)
        if found is not None and found.path is None:
            section.fault(key, "the authority says it: a path is needed")
        return found

    def _facts(self, section: Section) -> dict[str, StatedFact]:
        facts = {}
        for name, kind in _FACTS.items():
            # What was asked about is no fact, unless nothing in the answer can be.
            asked = name == "type" or (name == "reference" and bool(self.asking.without_agreement))
            types = self.manifest.document_types if name == "type" and self.manifest is not None else ()
            certain = name in ("reference", "type")
            found = fact(self.file, section, name, kind, needed=certain, asked=asked, constants=types, certain=certain)
            if name == "reference" and found is not None and found.constant is not None:
                section.fault(name, "the authority says it: a path is needed")
            if found is not None:
                facts[name] = found
        for name in _LISTS:
            if (found := fact(self.file, section, name, "text", needed=False, many=True)) is not None:
                facts[name] = found
        if "holder" in section and "holders" in section:
            section.fault("holders", "a document names one holder or several: take one of both out")
        return facts

    def _pages(self, verify: Section, requests: tuple[DeclaredRequest, ...]) -> AnswerPages | None:
        section = verify.table("pages")
        if section is None:
            return None
        path = self.file.path(section, "next", section.text("next", needed=True), many=False)
        null = section.text("null", among=("last",)) is not None
        optional = section.text("absent", among=("last",)) is not None
        if not null and not optional:
            section.fault(None, 'say how the last page is known: null = "last" or absent = "last"')
        first, name = section.text("first", needed=True), source(self.file, section)
        section.end()
        asked = next((one for one in requests if name in ("", one.name)), None)
        if asked is not None and "page" not in asked.path.names | (
            asked.body.names if asked.body is not None else set()
        ):
            section.fault(None, "{page} stands nowhere in the request: every page would be the first")
        if other := [one.name for one in requests if one is not asked and "page" in one.path.names]:
            section.fault(None, f"{{page}} stands in {other[0]!r} too, which has no pages")
        if path is None or first is None or asked is None:
            return None
        following = StatedFact(
            name=f"{section.name}.next", kind="text", path=path, optional=optional, null=null, line=section.line("next")
        )
        return AnswerPages(source=asked.name, next=following, first=first, line=section.line())

    def _position(self) -> StatedPosition | None:
        section = self.top.table("position")
        if section is None:
            return None
        at = None
        if "at" in section:
            path = self.file.path(section, "at", section.text("at"), many=False)
            null = section.text("null", among=(NULL,)) is not None
            optional, line = section.truth("optional"), section.line("at")
            at = StatedFact(name=section.name, kind="text", path=path, null=null, optional=optional, line=line)
        left, taken = section.table("left", needed=True), section.table("taken", needed=True)
        name = source(self.file, section)
        section.end()
        if left is None or taken is None:
            return None
        read_left = rows(self.file, left, _LEFT, ("line",), _MEASURES, signed=True)
        constants = {"kind": ("MRN", "LRN"), "state": ("reserved", "consumed")}
        needed = ("kind", "declaration", "state", "goods_item", "line")
        read_taken = rows(self.file, taken, _TAKEN, needed, _MEASURES, constants=constants)
        for one in (left, taken):
            if "quantity" not in one and "amount" not in one:
                one.fault(None, "quantity or amount is missing: say what is counted")
        if read_left is None or read_taken is None:
            return None
        return StatedPosition(at=at, left=read_left, taken=read_taken, line=section.line(), source=name)

    def _movements(self, position: StatedPosition | None) -> DeclaredMovements | None:
        declared = [name for name in MOVEMENTS if name in self.top]
        section = self.top.table("movement", needed=bool(declared))
        if section is None:
            return None
        names = _ORDER | self.names
        same = agreements(self.asking, section, names, must_name=("reference", "mrn"))
        counted = section.text("counted", among=("quantity", "amount", "both")) or "quantity"
        text, line = section.text("line"), None
        if text is not None:
            place = "xml" if self.file.language == "xml" else "json"
            line = gap(self.asking, section, "line", text, place, _ROW, fragment=self.file.language == "xml")
        outcome = self._from_answer(section, "outcome")
        refusal = fact(self.file, section, "refusal", "text", needed=False)
        if refusal is not None and refusal.codes is None:
            section.fault("refusal", 'say which code list tells what the reasons mean: codes = "refusal"')
        goods_item = fact(self.file, section, "goods_item", "count", needed=False)
        certificate_line = fact(self.file, section, "certificate_line", "count", needed=False)
        afterwards = section.text("afterwards", among=("position", "document"))
        if afterwards == "position" and position is None:
            section.fault("afterwards", "[position] is missing: say where it stands")
        if afterwards == "document" and len(self.file.requests) > 1:
            section.fault("afterwards", "a document that is put together of several answers is in none of them")
        section.end()
        kinds = {
            kind: one for name in declared if (one := self._movement(kind := MovementKind(name), names, same, line))
        }
        if not declared:
            section.fault(None, "no movement stands beside it: [write_off], [reserve] ...")
        if outcome is None:
            return None
        return DeclaredMovements(
            kinds=kinds,
            line=line,
            counted=counted,
            outcome=outcome,
            refusal=None if refusal is None else replace(refusal, codes=None),
            refusals=None if refusal is None else refusal.codes,
            goods_item=goods_item,
            certificate_line=certificate_line,
            afterwards=afterwards,
        )

    def _movement(
        self, kind: MovementKind, names: Collection[str], same: Any, line: Template | None
    ) -> DeclaredMovement | None:
        section = self.top.table(kind.value)
        if section is None:
            return None
        one = request(self.asking, section, names, CHANGES, same, rows=line)
        outcomes = self.file.codes(section, "outcomes", section.text("outcomes") or "outcome")
        section.end()
        if one is None or outcomes is None:
            return None
        wanted = one.path.names | (one.body.names if one.body is not None else frozenset())
        if "lines" in wanted and line is None and "line" not in self.table["movement"]:
            section.fault(None, "{lines} is used, and [movement] has no template `line`")
        if missing := sorted({"reference", "mrn"} - {name.partition(".")[0] for name in wanted}):
            section.fault(None, "the order does not say " + ", ".join(f"{{{name}}}" for name in missing))
        return DeclaredMovement(kind=kind, request=one, outcomes=outcomes)

    def _pushed(self) -> StatedRows | None:
        section = self.top.table("notification")
        if section is None:
            return None
        types = self.manifest.document_types if self.manifest is not None else ()
        kinds = {"reference": "text", "type": "text", "at": "instant"}
        return rows(self.file, section, kinds, ("reference", "type"), {}, constants={"type": types})

    def _asks_for_positions(self, verify: Section, said: SaidOfDeclaration) -> None:
        """Note what the position could not be asked for by: no goods and no parties are known where it is read."""
        if self.manifest is None or not self.manifest.position or not self.manifest.capabilities & set(_NEEDED):
            return
        if names := of_declaration_alone(said):
            named = ", ".join(f"{{{name}}}" for name in names)
            verify.fault(
                None,
                f"the position is read by these requests too, and {named} is not known then: "
                "ask by the number alone, or say position = false, or write an adapter",
            )

    def _promises(self, position: StatedPosition | None, movements: DeclaredMovements | None) -> None:
        """Compare the manifest's capabilities with what the file describes."""
        if self.manifest is None:
            return
        claimed = self.manifest.capabilities
        kinds = set() if movements is None else {kind.value for kind in movements.kinds}
        for capability, needed in _NEEDED.items():
            if capability in claimed and (missing := [name for name in needed if name not in self.top]):
                self.faults.add(("capabilities",), f"{capability} is claimed, and [{missing[0]}] is missing")
        if kinds and not claimed & set(_NEEDED):
            self.faults.add(("capabilities",), "movements are described, and neither quantity nor usage is claimed")
        if "usage" in claimed and kinds & {"reserve", "cancel"}:
            self.faults.add(("capabilities",), "an authority that is told of usage takes no reservations")
        if claimed & set(_NEEDED) and self.manifest.position and position is None and "position" not in self.top:
            self.faults.add(
                ("capabilities",), "[position] is missing: where an authority tells none, say position = false"
            )
        for capability, table in _DESCRIBED.items():
            if (capability in claimed) != (table in self.top):
                self.faults.add(("capabilities",), f"{capability} is claimed if, and only if, [{table}] is there")


def _is_tables(value: Any) -> bool:
    return type(value) is list and bool(value) and all(type(one) is dict for one in value)
