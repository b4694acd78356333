"""One case by the API's own projections for its reader, and the words that its page is written with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from gateway.api.localization import Wording
from gateway.api.views.explanation_texts import ExplanationTexts
from gateway.domain.work_list import EffectKind
from gateway.lifecycle.movements.release_scope import LeftToRelease
from gateway.web.numbers import quantity
from gateway.web.templates_in_language import Templates
from gateway.web.times import Times

Body = Mapping[str, Any]
"""A JSON object of the API."""
Key = tuple[str, str]
"""A document's type and reference."""
LOUDEST: Mapping[str, int] = {kind.value: place for place, kind in enumerate(EffectKind)}
_ITEMS_NAMED = 8
_REASONS = 16
WHY_REST = "why-rest"
"""The place of what is said about no document that is cited."""
DOCUMENTS = "/console/documents"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReading:
    """The parts of a case that were read: the declaration, and why its decision is what it is."""

    declared: Body
    """`GET /v1/declarations/{id}`."""
    why: Body | None
    """`GET /v1/declarations/{id}/explanation`; None: nothing is decided yet."""
    is_newest: bool
    """Whether the decision shown is the declaration's newest."""
    acts: bool
    """Whether its reader may act on declarations."""
    wording: Wording
    words: ExplanationTexts
    templates: Templates
    times: Times
    person: str | None = None
    """Who reads it, so that their own requests are told apart; None: they are not."""
    left: Sequence[LeftToRelease] = ()
    """The rest of goods that are released in part; empty: of none, or that cannot be told."""
    opened: str = ""
    """The part of a large case that is open, as its address says: `documents`, `quantities` or the place of a document's reasons."""
    here: str = ""
    """The address of the case as it is shown, by which a part of it is opened; empty: all parts stand there."""

    @property
    def decision(self) -> Body | None:
        """The decision shown."""
        return None if self.why is None else self.why["decision"]

    @property
    def documents(self) -> Sequence[Body]:
        """The documents as that decision has them; before any as they are cited."""
        found: Sequence[Body] = self.declared["documents"] if self.why is None else self.why["documents"]
        return found

    @property
    def findings(self) -> Sequence[Body]:
        """Its findings; of the declaration as it is now with whose turn it is now."""
        now = self.declared["decision"]
        if self.decision is None or self.why is None:
            return ()
        if now is not None and now["number"] == self.decision["number"]:
            found: Sequence[Body] = now["findings"]
            return found
        return [*(one for document in self.why["documents"] for one in document["findings"]), *self.why["findings"]]

    @property
    def is_large(self) -> bool:
        """Whether it cites more documents than the reasons of all of them stand on one page."""
        return len(self.documents) > _REASONS and bool(self.here)

    def why_link(self, place: str) -> str:
        """Return the link to the reasons at a place of the page; of a large case they are opened by it."""
        return f"#{place}" if not self.is_large or place == WHY_REST else self.link_to(place)

    def link_to(self, part: str) -> str:
        """Return the link that opens a part of the page."""
        return f"{self.here}{'&' if '?' in self.here else '?'}open={part}#{part}"

    @property
    def turn(self) -> str:
        """Whose turn it is: a second officer's where nothing is open but what its reader asked another one for."""
        theirs = [one for one in self.declared["matters"] if one["turn"] == "officer"]
        if theirs and all(one["kind"] == "request" and one["by"] == self.person for one in theirs):
            return "second_officer"
        return str(self.declared["turn"] or "officer")

    @property
    def asked_again(self) -> Mapping[Key, datetime]:
        """The time at which an authority is asked again about a document by itself; empty where an earlier decision stands."""
        if not self.is_newest:
            return {}
        return {
            key(one): moment(one["asked_again_at"])
            for one in self.declared["documents"]
            if one["asked_again_at"] is not None
        }

    def text(self, name: str, /, **params: object) -> str:
        """Return a text of the page in the reader's language."""
        return self.templates.text(name, **params)

    def items(self, numbers: Iterable[int]) -> str:
        """Name goods items in the reader's language."""
        return named_items(self.templates, numbers)

    def procedures(self) -> str:
        """Name the procedures of the goods: 40 00."""
        found = {one["procedure"] for one in self.declared["goods_items"] or () if one["procedure"]}
        return ", ".join(f"{one[:2]} {one[2:]}".strip() for one in sorted(found)[:_ITEMS_NAMED])

    def parties(self) -> Sequence[tuple[str, str]]:
        """Return the parties: what each is, and its EORI."""
        roles: dict[str, list[str]] = {}
        for one in self.declared["parties"] or ():
            roles.setdefault(one["eori"], []).append(self.text(f"case.role_{one['role']}"))
        if not roles:
            roles[self.declared["declarant"]] = [self.text("case.role_declarant")]
        return [(", ".join(named), eori) for eori, named in roles.items()]

    def quantity(self, amount: Decimal | str, unit: str | None = None) -> str:
        """Write an amount, and its unit, as the reader's language does."""
        return quantity(self.wording, amount, unit)


def named_items(templates: Templates, numbers: Iterable[int]) -> str:
    """Name goods items: "item 2", "items 1 to 1000", "items 1, 3, 4 and 12 more"."""
    found = sorted(numbers)
    if not found:
        return templates.text("case.whole_declaration")
    if len(found) == 1:
        return templates.text("case.item", item=found[0])
    if len(found) == 2:
        return templates.text("case.items_two", first=found[0], last=found[1])
    if found[-1] - found[0] == len(found) - 1:
        return templates.text("case.items_span", first=found[0], last=found[-1])
    named = ", ".join(map(str, found[:_ITEMS_NAMED]))
    if len(found) > _ITEMS_NAMED:
        return templates.text("case.items_more", items=named, more=len(found) - _ITEMS_NAMED)
    return templates.text("case.items", items=named)


def key(document: Body) -> Key:
    """Return a document's type and reference."""
    return document["type"], document["reference"]


def certificate_address(document: Body) -> str:
    """Return the address of a document's own page."""
    return f"{DOCUMENTS}/{quote(document['type'], safe='')}/{quote(document['reference'], safe='')}"


def moment(text: str) -> datetime:
    """Return a moment of the API's."""
    return datetime.fromisoformat(text)


def capitalized(text: str) -> str:
    """Return a text with its first letter as at the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def stands_against(one: Body) -> bool:
    """Whether a finding or a document stands against release."""
    return one["effect"] in {"hold", "refuse"} and one.get("mode", "active") == "active"


def loudest(kinds: Iterable[str]) -> str:
    """Return the kind that calls loudest for action."""
    return min(kinds, key=lambda kind: LOUDEST[kind])
