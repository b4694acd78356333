"""The sealed room: what packs come to for a declaration, kept under seal, in a chain of its own."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any

import msgspec
import structlog
from msgspec import Struct, structs

from gateway.beside import beside, beside_if_large
from gateway.domain.calendar import in_utc
from gateway.domain.declaration import Declaration
from gateway.domain.errors import ConfigurationError, StoreError
from gateway.domain.transport import compact_number
from gateway.settings import Settings
from gateway.store.database import Connection, Database, rows_of
from gateway.store.rows import is_id
from gateway.wings.controls.parties.facts import AskedParty, PartyFacts, PartyHint, TrustedParty
from gateway.wings.controls.parties.register import read_all
from gateway.wings.controls.risk.criteria import Assessed
from gateway.wings.controls.risk.keys import RiskKeys, WrongKey, read_keys
from gateway.wings.controls.risk.ledger import BrokenLedger, SealedLedger
from gateway.wings.controls.risk.outcome import OrderOutcome, outcome_of
from gateway.wings.controls.settings import ControlSettings

log = structlog.get_logger(__name__)

_HEADING = 4
"""The digits of a heading of the Harmonised System."""
_EVERY_S = 10.0
"""Between two readings of what is published."""
FIRST_ID = "00000000-0000-0000-0000-000000000000"
"""Before the ids of all declarations."""
_PAGE = 1_000
"""The declarations that are named at once."""
MOST_MATCHES = 200
"""The newest matches of alerts, which are shown."""
MOST_COUNTED = 2_000
"""The newest assessments, which are counted."""
MOST_LINKS = 20_000
"""The links of one declaration to others of the same goods: ten thousand goods items of a document each have as many."""
MOST_ALIKE = 1_000
"""The other declarations of the same goods whose assessments are read for one."""


class SealedOrder(Struct, frozen=True, kw_only=True):
    """Why a control was ordered."""

    number: int
    trigger: str
    """`criterion`, `random` or `undetermined`."""
    criteria: tuple[str, ...]
    """The names under which the rows drew."""
    goods_items: tuple[int, ...] = ()
    unless_done: bool = False
    """Whether it is void once the same control was satisfactory at entry."""


class FoundCodes(Struct, frozen=True, kw_only=True):
    """The findings of the decision on a goods item, or on all of them, that a row in force measures."""

    goods_item: int | None
    codes: tuple[str, ...]


class AssessedBy(Struct, frozen=True, kw_only=True):
    """What an assessment was made from beside the declaration, so that it is made again without asking anybody."""

    ledger: int
    """The number of the last entry of the ledger by which packs counted."""
    day: date
    """On which they counted."""
    tables: str
    """The digest of the tables by which figures were converted."""
    month: str
    """Whose key drew."""
    before: tuple[str, ...] = ()
    """The names of rows in force under which it, or another declaration of the same goods, was chosen before."""
    findings: tuple[FoundCodes, ...] = ()
    mrn: str | None = None
    """The declaration's, where a row in force measures it."""
    trusted: tuple[TrustedParty, ...] = ()
    """Its operators that were trusted, where a weight is in force."""
    hints: tuple[PartyHint, ...] = ()
    """Its operators of whose names somebody is authorised, where a weight is in force: nothing follows of it."""
    asked: tuple[AskedParty, ...] = ()
    """The questions to authorities about its operators, where it was the first of its day to need them."""


class SealedAssessment(Struct, frozen=True, kw_only=True):
    """What is kept of an assessment by the packs in force."""

    assessed: Assessed
    accepted: bool
    """Whether the declaration was accepted by then."""
    chosen: tuple[str, ...] = ()
    """The names under which the declaration was chosen so far."""
    orders: tuple[SealedOrder, ...] = ()
    """All that were opened for it so far."""
    grounds: AssessedBy | None = None
    """None: it was sealed by a version that kept none."""
    shadow: Assessed | None = None
    """What the packs in shadow came to, of which nothing follows; None: there was none, or they could not be assessed."""


class KeptAssessment(Struct, frozen=True, kw_only=True):
    """An assessment at its place in the chain of its declaration."""

    seq: int
    at: datetime
    hash: str
    sealed: SealedAssessment


class AlertMatch(Struct, frozen=True, kw_only=True):
    """A declaration that met a row of an alert: no finding, and no decision rests on it."""

    alert: str
    published: int
    """The number of the entry by which the alert was published last."""
    criterion: str
    declaration: str
    version: int
    goods_items: tuple[int, ...]
    released: bool = False
    """Whether its goods were released by then."""


class KeptMatch(Struct, frozen=True, kw_only=True):
    """A match, as it was kept."""

    at: datetime
    match: AlertMatch


class TooManyAlike(Exception):
    """A declaration has more links, or more declarations of the same goods, than are looked at: it is not determined."""


class Before(Struct, frozen=True, kw_only=True):
    """What is known of a declaration before it is assessed."""

    links: tuple[bytes, ...] = ()
    """By which others of the same goods find it."""

    seq: int = 0
    """The number of its last assessment; 0: there is none."""
    hash: bytes = b""
    last: SealedAssessment | None = None
    chosen: frozenset[str] = frozenset()
    """The names under which it was chosen, or other declarations of the same goods."""
    parties: Mapping[str, PartyFacts] = {}
    """What is known of its parties, by EORI."""
    registered: frozenset[str] = frozenset()
    """Those of whom no authority is asked: they are known, or stood in a copy that is too old now."""
    asked: tuple[AskedParty, ...] = ()


class SealedRoom:
    """The ledger and the assessments under seal. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database, keys: RiskKeys) -> None:
        self._database = database
        self._keys = keys
        self.ledger = SealedLedger(database, keys)
        self.is_unreadable = False
        """Whether something is published that this process cannot read."""

    @property
    def seals(self) -> bool:
        """Whether there is a key to seal with."""
        return self._keys.seals

    @property
    def has_packs(self) -> bool:
        """Whether any pack is published or in shadow, or may be: what is sealed cannot be read."""
        return self.is_unreadable or bool(self.ledger.packs or self.ledger.shadows)

    async def begin(self) -> None:
        """Read the ledger.

        Raises:
            ConfigurationError: the key file is missing or another one's, or the ledger was changed.
        """
        try:
            await self.ledger.read()
        except WrongKey:
            raise ConfigurationError(
                ("controls.key_file: it has not the key that sealed what stands in this database: add its line",)
            ) from None
        except BrokenLedger:
            raise ConfigurationError(("the ledger of the sealed room was changed: restore the database",)) from None

    async def watch(self) -> None:
        """Read what is published meanwhile, until it is cancelled."""
        while True:
            await asyncio.sleep(_EVERY_S)
            await self.refresh()

    async def refresh(self) -> None:
        """Read what was published since; what cannot be read makes all that is assessed undetermined."""
        try:
            await self.ledger.read()
            self.is_unreadable = False
        except StoreError:
            return  # nothing is decided meanwhile, either
        except Exception as error:
            self.is_unreadable = True
            log.error("risk_packs_unreadable", error=type(error).__name__)

    async def before(self, record_id: str, declaration: Declaration) -> Before:
        """Return what is known of a declaration; what was published meanwhile is read first.

        Raises:
            TooManyAlike: more is linked to it than is looked at.
        """
        same, origin = await beside_if_large(declaration.size, lambda: self._links(declaration))
        values = {
            "id": record_id,
            "same": same,
            "origin": origin,
            "most": MOST_ALIKE + 1,
            "eoris": sorted(declaration.eoris),
        }
        found = await self._database.rows("risk_before", values)
        if self.is_unreadable or found[0]["ledger"] != self.ledger.seq:
            await self.ledger.read()
        own, chosen, alike = Before(), set[str](), 0
        for row in found:
            if row["id"] is None:
                continue
            sealed = self.opened(row["id"], row)
            chosen.update(sealed.chosen)
            if row["id"] == record_id:
                own = Before(seq=row["seq"], hash=bytes(row["hash"]), last=sealed)
            else:
                alike += 1
        if alike > MOST_ALIKE:
            raise TooManyAlike
        parties = found[0]["parties"] or {}
        return structs.replace(
            own,
            chosen=frozenset(chosen),
            links=(*same, *origin),
            parties=read_all(parties),
            registered=frozenset(parties),
        )

    async def write(
        self, record_id: str, token: int, before: Before, sealed: SealedAssessment, connection: Connection | None = None
    ) -> str | None:
        """Keep an assessment, in a transaction or by itself; return its hash. None: the lease is another one's."""
        seq = before.seq + 1
        body = self._keys.seal(msgspec.json.encode(sealed), f"{record_id} {seq}")
        digest = _hash(before.hash, body)
        values: dict[str, Any] = {
            "id": record_id,
            "token": token,
            "seq": seq,
            "links": list(before.links),
            "body": body,
            "hash": digest,
        }
        if connection is not None:
            written = await rows_of(connection, "risk_assessed", values)
        else:
            written = await self._database.rows("risk_assessed", values)
        return digest.hex() if written else None

    async def keep_matches(self, matches: Iterable[AlertMatch]) -> None:
        """Keep matches; one that is kept already changes nothing."""
        for one in matches:
            known = self._keys.links(f"match|{one.alert}|{one.published}|{one.criterion}|{one.declaration}")
            body = self._keys.seal(msgspec.json.encode(one), f"match {known[0].hex()}")
            await self._database.rows("risk_matched", {"key": known[0], "known": list(known), "body": body})

    async def matches(self) -> Sequence[KeptMatch]:
        """Return the newest matches.

        Raises:
            WrongKey: none of the keys opens one of them.
        """
        found = []
        for row in await self._database.rows("risk_matches", {"most": MOST_MATCHES}):
            text = self._keys.open(bytes(row["body"]), f"match {bytes(row['key']).hex()}")
            found.append(KeptMatch(at=in_utc(row["at"]), match=msgspec.json.decode(text, type=AlertMatch)))
        return found

    async def newest(self) -> Sequence[SealedAssessment]:
        """Return the newest assessments, the last one of each declaration.

        Raises:
            WrongKey: none of the keys opens one of them.
        """
        rows = await self._database.rows("risk_newest", {"most": MOST_COUNTED})
        return await beside(lambda: [self.opened(row["id"], row) for row in rows])

    async def outcomes(self, numbers: Iterable[int]) -> Mapping[int, OrderOutcome]:
        """Return what became of control orders."""
        rows = await self._database.rows("risk_results", {"numbers": sorted(set(numbers))})
        return {row["number"]: outcome_of(row["body"]) for row in rows}

    async def of(self, record_id: str) -> Sequence[KeptAssessment]:
        """Return the assessments of a declaration, whose chain is held together.

        Raises:
            BrokenLedger: one of them was changed, or is missing.
        """
        if not is_id(record_id):
            return ()
        head, found = b"", list[KeptAssessment]()
        for row in await self._database.rows("risk_assessments", {"id": record_id}):
            if row["seq"] != len(found) + 1 or _hash(head, bytes(row["body"])) != bytes(row["hash"]):
                raise BrokenLedger
            head = bytes(row["hash"])
            sealed = self.opened(record_id, row)
            found.append(KeptAssessment(seq=row["seq"], at=in_utc(row["at"]), hash=head.hex(), sealed=sealed))
        return found

    async def void_if_done(self, record_id: str, connection: Connection) -> frozenset[int]:
        """Return the orders of a declaration whose head is locked that are void once the same control was done at entry.

        Raises:
            WrongKey: none of the keys opens what is sealed.
        """
        rows = await rows_of(connection, "risk_assessments", {"id": record_id})
        last = self.opened(record_id, rows[-1]) if rows else None
        return frozenset(one.number for one in last.orders if one.unless_done) if last is not None else frozenset()

    async def assessed_in(self, since: datetime, until: datetime, after: str) -> Sequence[str]:
        """Return the next declarations that were assessed from a moment on and before another, by their ids."""
        values = {"since": since, "until": until, "after": after, "most": _PAGE}
        return [row["id"] for row in await self._database.rows("risk_assessed_in", values)]

    def opened(self, record_id: str, row: Mapping[str, Any]) -> SealedAssessment:
        """Return an assessment of a declaration as its row has it.

        Raises:
            WrongKey: none of the keys sealed it there.
        """
        text = self._keys.open(bytes(row["body"]), f"{record_id} {row['seq']}")
        return msgspec.json.decode(text, type=SealedAssessment)

    def _links(self, declaration: Declaration) -> tuple[list[bytes], list[bytes]]:
        """Return what stands for what other declarations of the same goods share with one, and for its origins."""
        same, origin = _shared(declaration)
        return [one for text in same for one in self._keys.links(text)], [
            one for text in origin for one in self._keys.links(text)
        ]


def opened_room(settings: Settings, database: Database) -> SealedRoom:
    """Return the sealed room by the key file of the settings; without one it opens nothing.

    Raises:
        ConfigurationError: the key file cannot be used.
    """
    file = settings.of_wing(ControlSettings).key_file
    return SealedRoom(database, read_keys(file) if file is not None else RiskKeys(()))


def _hash(before: bytes, body: bytes) -> bytes:
    return sha256(before + sha256(body).digest()).digest()


def _shared(declaration: Declaration) -> tuple[list[str], list[str]]:
    """Return what other declarations of the same goods share with one: importer and heading with a previous or transport
    document or a container, or with an origin.

    Raises:
        TooManyAlike: there is more of it than is looked at.
    """
    importer = declaration.importer or declaration.declarant
    transport = declaration.transport
    shipped, containers = (transport.documents, transport.containers) if transport is not None else ((), ())
    whole = {f"previous|{one.type}|{one.reference}" for one in declaration.previous_documents}
    whole |= {f"transport|{one.reference}" for one in shipped}
    whole |= {f"container|{compact_number(one.number)}" for one in containers if one.number}
    same, origin = set[str](), set[str]()
    for heading in {item.commodity_code[:_HEADING] for item in declaration.items}:
        same.update(f"{importer}|{heading}|{one}" for one in whole)
        _must_be_few(same)
    for item in declaration.items:
        own = f"{importer}|{item.commodity_code[:_HEADING]}"
        same.update(f"{own}|previous|{one.type}|{one.reference}" for one in item.previous_documents)
        same.update(
            f"{own}|transport|{one.reference}" for one in (item.more.documents if item.more is not None else ())
        )
        if item.origin is not None:
            origin.add(f"{own}|origin|{item.origin}")
        _must_be_few(same)
    return sorted(same), sorted(origin)


def _must_be_few(links: Collection[str]) -> None:
    if len(links) > MOST_LINKS:
        raise TooManyAlike
