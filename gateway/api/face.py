"""What the API asks of the rooms below it."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol

from gateway.contract import Change, Request
from gateway.dispatch import AdapterHealth
from gateway.domain.actor import Actor
from gateway.domain.acts import Act, ActKind, ListedAct
from gateway.domain.application import Application, ApplicationState
from gateway.domain.approval import Approval, ApprovalKind, ApprovalState
from gateway.domain.contingency import Afterwards, ContingencyWindow, ListedInside, WindowOrder, WindowWord
from gateway.domain.decision import Decision
from gateway.domain.declaration import Declaration, MessageKind
from gateway.domain.events import SealedEvent
from gateway.domain.movement import Movement
from gateway.domain.notice import NoticeKind, NoticePage, Place
from gateway.domain.permission import Asker
from gateway.domain.record import OfficerVerification, Record
from gateway.domain.release import InterventionOrder, ReleaseOrder
from gateway.domain.verification import Verification
from gateway.history.explain import Explanation
from gateway.history.tally import Tally
from gateway.lifecycle.applications import NO_GROUNDS, Grounds
from gateway.lifecycle.case_file import CaseFile


class Lodged(Protocol):
    """A message that was taken."""

    @property
    def id(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def fresh(self) -> bool: ...
    @property
    def message(self) -> MessageKind: ...
    @property
    def seq(self) -> int: ...
    @property
    def record(self) -> Record: ...
    @property
    def application(self) -> Application | None: ...


class Stepped(Protocol):
    """A step that was taken."""

    @property
    def record(self) -> Record: ...
    @property
    def fresh(self) -> bool: ...
    @property
    def seq(self) -> int: ...
    @property
    def application(self) -> Application | None: ...


class Preflight(Protocol):
    """A decision of which nothing is stored."""

    @property
    def declaration(self) -> Declaration: ...
    @property
    def decision(self) -> Decision: ...


class Lifecycle(Protocol):
    """The steps of a declaration, as `gateway.lifecycle.Lifecycle` takes them."""

    def overloaded(self) -> bool: ...
    def oldest_s(self) -> float: ...
    async def ready(self) -> dict[str, bool]: ...
    async def enable_adapter(self, name: str, *, by: Actor, reason: str) -> None: ...
    async def lodge(
        self,
        raw: bytes,
        media_type: str | None,
        *,
        by: Actor,
        asker: Asker,
        grounds: Grounds = NO_GROUNDS,
        waited_for: bool = False,
        charge: Callable[[int], None] | None = None,
    ) -> Lodged: ...
    async def settled(self, record_id: str, *, seq: int | None = None, within_s: float) -> Record: ...
    async def get(self, record_id: str, version: int | None = None) -> Record | None: ...
    async def parties(self, record_id: str, version: int) -> frozenset[str]: ...
    async def find(
        self,
        *,
        most: int,
        mrn: str | None = None,
        lrn: str | None = None,
        eoris: frozenset[str] | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> tuple[tuple[Record, ...], str | None]: ...
    async def accept(self, record_id: str, *, mrn: str, accepted_at: datetime, by: Actor, asker: Asker) -> Stepped: ...
    async def amend(
        self,
        record_id: str,
        raw: bytes,
        media_type: str | None,
        *,
        by: Actor,
        asker: Asker,
        grounds: Grounds = NO_GROUNDS,
    ) -> Stepped: ...
    async def invalidate(
        self, record_id: str, *, reason: str, by: Actor, asker: Asker, grounds: Grounds = NO_GROUNDS
    ) -> Stepped: ...
    async def announce_examination(
        self, record_id: str, *, reference: str | None, by: Actor, asker: Asker
    ) -> Stepped: ...
    async def examination_took_place(
        self, record_id: str, *, reference: str | None, result: str | None, by: Actor, asker: Asker
    ) -> Stepped: ...
    async def application(self, application_id: str) -> Application: ...
    async def applications(
        self,
        *,
        declaration: str | None = None,
        state: ApplicationState | None = None,
        eoris: frozenset[str] | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> tuple[Application, ...]: ...
    async def decide_application(
        self, application_id: str, *, grant: bool, reason: str, by: Actor, asker: Asker
    ) -> tuple[Application, bool]: ...
    async def verify_by_hand(
        self, record_id: str, verification: OfficerVerification, *, by: Actor, second: Actor | None = None
    ) -> Stepped | Approval: ...
    async def confirm(self, record_id: str, *, by: Actor) -> Stepped: ...
    async def release(
        self, record_id: str, order: ReleaseOrder, *, by: Actor, second: Actor | None = None
    ) -> Stepped | Approval: ...
    async def intervene(
        self, record_id: str, order: InterventionOrder, *, by: Actor, second: Actor | None = None
    ) -> Stepped | Approval: ...
    async def explain(self, record: Record, number: int | None = None) -> Explanation: ...
    async def movements(self, record_id: str) -> tuple[Movement, ...]: ...
    async def open_window(self, order: WindowOrder) -> tuple[ContingencyWindow, bool] | Approval: ...
    async def close_window(self, number: int, word: WindowWord) -> tuple[ContingencyWindow, bool]: ...
    async def window(self, number: int) -> ContingencyWindow: ...
    async def windows(self, *, before: int | None = None, limit: int = 50) -> tuple[ContingencyWindow, ...]: ...
    async def decided_inside(
        self, number: int, *, after: int = 0, limit: int = 100, afterwards: Afterwards | None = None
    ) -> tuple[ListedInside, ...]: ...
    async def acts_of(self, record_id: str) -> tuple[Act, ...]: ...
    async def acts(
        self,
        *,
        kinds: Collection[ActKind],
        since: datetime,
        until: datetime,
        person: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> tuple[ListedAct, ...]: ...
    async def approval(self, approval_id: str) -> Approval: ...
    async def approvals(
        self,
        *,
        state: ApprovalState | None = ...,
        kind: ApprovalKind | None = None,
        record_id: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> tuple[Approval, ...]: ...
    async def approve(
        self, approval_id: str, *, by: Actor, reason: str | None, knows: Callable[[Actor], bool]
    ) -> Approval: ...
    async def reject(self, approval_id: str, *, by: Actor, reason: str | None) -> Approval: ...
    async def shadows(self, *, since: datetime, until: datetime | None, most: int) -> Tally: ...
    async def changed(self, document_type: str, reference: str) -> int | None: ...
    async def events(self, record_id: str, after: int = 0, limit: int = 1000) -> tuple[SealedEvent, ...]: ...
    async def notices(
        self,
        *,
        after: Place | int,
        limit: int,
        kinds: frozenset[NoticeKind] = frozenset(),
        eoris: frozenset[str] | None = None,
        within_s: float = 0.0,
        client: str = "",
    ) -> NoticePage: ...
    async def evidence(self, record_id: str, digest: str) -> bytes | None: ...
    async def export(self, record_id: str, *, by: Actor) -> CaseFile: ...
    async def cites(self, eoris: frozenset[str], document_type: str, reference: str) -> bool: ...
    async def check_document(self, document_type: str, reference: str) -> Verification: ...
    async def preflight(
        self,
        raw: bytes,
        media_type: str | None,
        *,
        asker: Asker,
        charge: Callable[[int], None] | None = None,
    ) -> Preflight: ...


class Dispatcher(Protocol):
    """Whoever asks the authorities, as `gateway.dispatch.Dispatcher` does."""

    def health(self) -> Sequence[AdapterHealth]: ...
    def knows(self, name: str) -> bool: ...
    async def read_notification(self, adapter: str, request: Request) -> tuple[Change, ...]: ...
