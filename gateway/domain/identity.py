"""The identity of documents across spellings: by the rule of the authority that knows them, in any version or call."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from typing import TypeAlias

from msgspec import structs

from gateway.contract import IdentityRule, identity, written
from gateway.domain.contingency import DecidedInside
from gateway.domain.document import DocumentKey
from gateway.domain.movement import Movement

Identify: TypeAlias = Callable[[str | None, str, str], str | None]
"""Takes who is asked about a document (None: nobody), its type and its reference; gives the document's identity, or None
where the authority's rule does not say."""

IdentitiesOf: TypeAlias = Callable[[str, Collection[str]], Awaitable[Mapping[str, str | None]]]
"""Takes a document type and references, and gives each with its identity, by the authority that is asked about the type now."""

Named: TypeAlias = tuple[str | None, str, str]
"""Who is asked about a document, its type and its reference."""

Learn: TypeAlias = Callable[[Collection[Named]], Awaitable[None]]
"""Has rules that run elsewhere say the identities of documents, so that they are known here."""


class _NotIdentified(Exception):
    """A rule gives no identity; that is not remembered, since it may be for want of memory alone."""


@lru_cache(maxsize=4096)
def _remembered(rule: IdentityRule, document_type: str, reference: str) -> str:
    # Rules are pure, and a document is named again and again while its declaration is worked on.
    found = identity(rule, document_type, reference)
    if found is None:
        raise _NotIdentified
    return found


def as_declared(adapter: str | None, document_type: str, reference: str) -> str:
    """Return the reference unchanged: every spelling is a document of its own."""
    return reference


@dataclass(frozen=True, slots=True)
class Identities:
    """The identity rules of all authorities, by their adapters' names; without a rule, or without an authority, the default one.

    A rule that runs elsewhere is looked up in what it said before (`learn`): of what was not learned it says nothing.
    """

    rules: Mapping[str, IdentityRule] = field(default_factory=lambda: MappingProxyType({}))
    is_run: Callable[[str], bool] = lambda adapter: True
    """Whether an adapter's code may be run now; the rule of one whose code may not says nothing."""
    elsewhere: frozenset[str] = frozenset()
    """The adapters whose rules run elsewhere; they remember by themselves what they said."""
    learning: Learn | None = None
    """Asks those; None: there are none."""
    otherwise: IdentityRule = written
    """The default rule."""

    def __call__(self, adapter: str | None, document_type: str, reference: str) -> str | None:
        """Return a document's identity; None where the rule gives none."""
        name = adapter or ""
        rule = self.rules.get(name)
        if rule is None:
            rule = self.otherwise
        # What it said before is not returned either: each replica remembers something else.
        elif not self.is_run(name):
            return None
        elif name in self.elsewhere:
            return identity(rule, document_type, reference)
        try:
            return _remembered(rule, document_type, reference)
        except _NotIdentified:
            return None

    async def learn(self, asking: Callable[[Identify], object]) -> None:
        """Have all rules that run elsewhere say beforehand what a piece of pure work asks: it is done once without any."""
        if self.learning is not None:
            asked = AskedIdentities()
            asking(asked)
            await self.learn_all(asked.named)

    async def learn_all(self, named: Iterable[Named]) -> None:
        """Have them say the identities of these documents."""
        if self.learning is not None:
            await self.learning([one for one in named if one[0] in self.elsewhere and self.is_run(one[0])])

    async def of(
        self, adapter: str | None, document_type: str, references: Collection[str]
    ) -> Mapping[str, str | None]:
        """Return references of a type, each with its identity."""
        await self.learn_all((adapter, document_type, one) for one in references)
        return {one: self(adapter, document_type, one) for one in references}

    def same(self, adapter: str | None, document_type: str, one: str, other: str) -> bool:
        """Whether two references name one document; where the rule gives no identity, only equal texts do."""
        return one == other or (
            (known := self(adapter, document_type, one)) is not None and known == self(adapter, document_type, other)
        )


AS_DECLARED = Identities(otherwise=lambda _, reference: reference)
"""Every spelling for itself, at every authority."""


class AskedIdentities:
    """The documents whose identities are asked for, in the place of rules that say them: it says none."""

    def __init__(self) -> None:
        self.named: dict[Named, None] = {}

    def __call__(self, adapter: str | None, document_type: str, reference: str) -> None:
        """Note that it is asked for."""
        self.named[adapter, document_type, reference] = None


def recorded(spelled: Iterable[tuple[str, str, str]]) -> Identify:
    """Return the identities known when a decision was made: each entry is a type, a spelling, and the one that it went under."""
    known = {(kind, spelling): reference for kind, spelling, reference in spelled}

    def identify(adapter: str | None, document_type: str, reference: str) -> str:
        return known.get((document_type, reference), reference)

    return identify


class AsCited:
    """The index that finds documents of other spellings, or of older versions, under the spelling that is cited now."""

    def __init__(self, identify: Identify, cited: Mapping[DocumentKey, DocumentKey]) -> None:
        """Take the map `cited` from each type and identity to the type and reference under which it is cited."""
        self._identify = identify
        self._cited = dict(cited)
        self._known: dict[tuple[str | None, str, str], DocumentKey] = {}

    def key(self, adapter: str | None, document_type: str, reference: str) -> DocumentKey:
        """Return type and reference of a document as it is cited; one that is not cited keeps its first spelling."""
        query = adapter, document_type, reference
        found = self._known.get(query)
        if found is None:
            named = self._identify(*query) or reference
            key = DocumentKey(document_type, named)
            found = self._known[query] = self._cited.setdefault(key, DocumentKey(document_type, reference))
        return found

    def document(self, movement: Movement) -> DocumentKey:
        """Return the document of a movement."""
        return self.key(movement.adapter, movement.type, movement.reference)

    def movement(self, movement: Movement) -> Movement:
        """Return a movement under the spelling that is cited."""
        kind, reference = self.document(movement)
        return (
            movement if reference == movement.reference else structs.replace(movement, type=kind, reference=reference)
        )

    def inside(
        self, entries: Iterable[DecidedInside], adapter_of: Callable[[str], str | None]
    ) -> tuple[DecidedInside, ...]:
        """Return documents decided inside contingency windows under the cited spellings; each keeps its own place."""

        def named(one: DecidedInside) -> DecidedInside:
            _, reference = self.key(adapter_of(one.type), one.type, one.reference)
            return (
                one
                if reference == one.reference
                else replace(one, reference=reference, listed_as=one.listed_as or one.reference)
            )

        return tuple(named(one) for one in entries)

    def identity_of(self, movement: Movement) -> str | None:
        """Return the reference by which the authority of a movement is asked: the document's identity; None: it is not known."""
        return self._identify(movement.adapter, movement.type, movement.reference)
