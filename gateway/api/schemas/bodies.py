"""The bodies of calls, checked before anything else reads them."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    model_validator,
)

from gateway.domain.case_owner import MOST_NOTE
from gateway.domain.contingency import WindowMode
from gateway.domain.control import ExaminationOf
from gateway.domain.legible import is_illegible
from gateway.domain.record import ReadState
from gateway.domain.release import InterventionKind
from gateway.domain.verification import DocumentStatus


def _readable(text: str) -> str:
    """Require that something can be read in a text, and that nothing in it changes how the rest is read."""
    if any(is_illegible(one) and one not in "\n\r\t" for one in text):
        raise ValueError("has a character that nobody can see; leave it out")
    return text


Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=512), AfterValidator(_readable)
]
Person = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Number = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=70), AfterValidator(_readable)
]
"""Customs' own number of what it orders."""
Unit = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2,3}$")]
"""UN/ECE Recommendation 20; of a line by value its ISO 4217 currency."""
GroundsName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""The name of a row of `applications.toml`."""
Item = Annotated[int, Field(ge=1, le=99_999)]

_WRITTEN_OUT = re.compile(r"[0-9]{1,16}(\.[0-9]{1,6})?")
_EXACT_DIGITS = 15
"""A JSON number with more is not read exactly everywhere."""

_OFFICERS_OUTCOMES = frozenset(
    {
        DocumentStatus.VALID,
        DocumentStatus.REFUSED,
        DocumentStatus.EXPIRED,
        DocumentStatus.WITHDRAWN,
        DocumentStatus.SUSPENDED,
        DocumentStatus.NOT_FOUND,
    }
)


def _written_out(value: Any) -> Any:
    text = value if isinstance(value, str) else repr(value)
    if not _WRITTEN_OUT.fullmatch(text):
        raise ValueError("a quantity is a decimal above zero, of at most 16 digits before the point and 6 behind it")
    if isinstance(value, float) and sum(map(str.isdigit, text)) > _EXACT_DIGITS:
        raise ValueError(f"a quantity of more than {_EXACT_DIGITS} digits is written as a text")
    return text


Moved = Annotated[Decimal, BeforeValidator(_written_out, json_schema_input_type=str), Field(gt=0)]
"""A quantity that moves: written out, without an exponent."""


_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ].*")


def _spelled_out(value: Any) -> Any:
    # A number would be taken for seconds, or milliseconds, since 1970.
    if isinstance(value, str) and not _MOMENT.fullmatch(value):
        raise ValueError("a moment is written out: 2026-03-02T09:12:00Z")
    if not isinstance(value, str | datetime):
        raise ValueError("a moment is a text: 2026-03-02T09:12:00Z")
    return value


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("a moment lies between the years 1 and 9999 in UTC") from None


Moment = Annotated[
    AwareDatetime, BeforeValidator(_spelled_out, json_schema_input_type=datetime), AfterValidator(_in_utc)
]
"""A moment with its offset, in UTC."""


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _written_as_a_day(value: Any) -> Any:
    # A number would be taken for the day so many seconds after 1970 began.
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("a day is written as in 2026-11-24")
    return value


Day = Annotated[date, BeforeValidator(_written_as_a_day, json_schema_input_type=date)]
"""A day of the calendar, written out."""


class CallBody(BaseModel):
    """A call's body: unknown members are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SeenState(CallBody):
    """The version and the decision that a caller read: where others stand there by now, nothing is done."""

    version: Annotated[int, Field(ge=1, le=9_999)]
    decision: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    """The decision's number; null: the version was not decided yet."""


class SeenAct(CallBody):
    """An act on a declaration."""

    seen: SeenState | None = None
    """What the caller read before acting; null: whatever stands there."""

    @property
    def read(self) -> ReadState | None:
        """The state on which the caller acts."""
        if self.seen is None:
            return None
        return ReadState(version=self.seen.version, decision=self.seen.decision or 0)


class GroundsQuery(BaseModel):
    """Why a trader's message amends or invalidates, beside the message itself; other parameters are ignored."""

    grounds: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")] | None = Field(
        default=None,
        description="Its grounds, a row of applications.toml: of an application, and of an invalidation after release by customs",
    )
    reason: Annotated[str, StringConstraints(min_length=1, max_length=512)] | None = Field(
        default=None, description="For an application: why, in the applicant's own words"
    )


class Acceptance(SeenAct):
    """Customs accepted the declaration."""

    mrn: Annotated[str, StringConstraints(pattern=r"^[0-9]{2}[A-Z]{2}[A-Z0-9]{14}$")]
    accepted_at: Moment


class Invalidation(SeenAct):
    """The declaration is to be invalidated (UCC Art. 174)."""

    grounds: GroundsName | None = None
    """A row of `applications.toml`. Customs and officers have to name one once goods are released; None: not stated."""
    reason: Reason | None = None
    """In the caller's own words; None: the caller states none."""


class Control(SeenAct):
    """Customs announces an examination (UCC Art. 173(2), 174(1), 188), or says that it took place or is withdrawn: one of the three."""

    announced: Literal[True] | None = None
    took_place: Literal[True] | None = None
    withdrawn: Literal[True] | None = None
    of: ExaminationOf | None = None
    """What is examined, the goods if nothing is said; only with `announced`. Of goods alone it bars amendments, and an invalidation waits."""
    goods_items: Annotated[list[Item], Field(min_length=1, max_length=9_999)] | None = None
    """Those that are examined, and that are not released before it has ended; only with `announced`. None: all."""
    reference: Number | None = None
    """Customs' own number of it: another number is another examination."""
    result: Reason | None = None
    """What it found; only with `took_place`."""
    reason: Reason | None = None
    """Why it does not take place; with `withdrawn` only, and always."""
    officer: Person | None = None
    """None: whoever the key belongs to."""

    @model_validator(mode="after")
    def _is_one(self) -> "Control":
        if [self.announced, self.took_place, self.withdrawn].count(True) != 1:
            raise ValueError("one of announced, took_place and withdrawn is true")
        if self.result is not None and self.took_place is None:
            raise ValueError("a result comes with took_place")
        if (self.reason is None) is not (self.withdrawn is None):
            raise ValueError("a reason comes with withdrawn, and withdrawn with a reason")
        if self.announced is None and (self.of is not None or self.goods_items is not None):
            raise ValueError("of and goods_items come with announced")
        return self


class CaseTaking(CallBody):
    """An officer says that they work on the case."""

    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=MOST_NOTE), AfterValidator(_readable)] = ""
    """A line about it, for the other officers."""
    officer: Person | None = None
    """Only where no key is asked for, or by a system that asserts its officers."""


class ApplicationDecision(CallBody):
    """Customs or an officer grants an application, or refuses it."""

    grant: StrictBool
    reason: Reason
    officer: Person | None = None
    """None: whoever the key belongs to."""


class AdapterEnabling(CallBody):
    """An adapter that was disabled is run again, on all replicas; or it is disabled, or has to drain."""

    reason: Reason
    """Why."""
    officer: Person | None = None
    """Only where no key is asked for, or by a system that asserts its officers."""


class OwnKey(CallBody):
    """A trader's own key, which is at most for what the caller is."""

    name: Annotated[str, StringConstraints(max_length=200)]
    """Unlike any other key of the caller's: 1 to 80 letters, digits, blanks and . , @ ( ) - _"""
    eoris: (
        Annotated[tuple[Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[!-~]{1,15}$")], ...], Field(min_length=1)]
        | None
    ) = None
    """None: all of the caller's."""
    expires_at: Moment | None = None
    """None: it ends with the caller's own access."""


class Confirmation(SeenAct):
    """Customs confirms a refusal; the trader is told from then on."""

    heard: StrictBool = False
    """Whether the declarant was given the right to be heard (UCC Art. 22(6)); true stands in the trail."""

    officer: Person | None = None
    """Only where no key is asked for, or by a system that asserts its officers."""


class NewAssessment(SeenAct):
    """Customs or an officer has the authorities asked again at once."""

    officer: Person | None = None
    """Only where no key is asked for, or by a system that asserts its officers."""


class OfficersVerification(SeenAct):
    """A document that an officer verified by other means."""

    outcome: DocumentStatus
    quantity: Annotated[Decimal, Field(ge=0, max_digits=22, decimal_places=6)] | None = None
    unit: Unit | None = None
    means: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    """How: `paper`, `telephone`, `other system` or the officer's own words."""
    reason: Reason
    officer: Person | None = None
    """Only where no key is asked for, or by a system that asserts its officers."""
    second_officer: Person | None = None

    @model_validator(mode="after")
    def _is_complete(self) -> "OfficersVerification":
        if self.outcome not in _OFFICERS_OUTCOMES:
            raise ValueError(f"outcome is one of {', '.join(sorted(_OFFICERS_OUTCOMES))}")
        if (self.quantity is None) != (self.unit is None):
            raise ValueError("a quantity comes with its unit")
        return self


class GoodsReleased(CallBody):
    """Goods of one item that are released: a quantity of it, or all that is left."""

    goods_item: Item
    quantity: Moved | None = None
    unit: Unit | None = None

    @model_validator(mode="after")
    def _is_complete(self) -> "GoodsReleased":
        if (self.quantity is None) != (self.unit is None):
            raise ValueError("a quantity comes with its unit")
        return self


class Override(CallBody):
    """An officer releases against the decision; of a refusal, two officers."""

    officer: Person | None = None
    """Only where no key is asked for, or by a system that asserts its officers."""
    reason: Reason
    second_officer: Person | None = None


class Release(SeenAct):
    """Customs releases goods (UCC Art. 194)."""

    items: Annotated[list[GoodsReleased], Field(min_length=1, max_length=9_999)] | None = None
    """None: everything that is left."""
    override: Override | None = None
    """Only an officer's key may carry it."""
    reference: Number | None = None
    """Two releases of the same goods and quantity are one, unless their numbers differ."""


class CitedDocument(CallBody):
    """A document that the declaration cites."""

    type: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{4}$")]
    reference: Annotated[str, StringConstraints(min_length=1, max_length=70)]


class ReportMadeOtherwise(SeenAct):
    """An officer states that an authority was told of a release in another way: it is not told any more."""

    step: Annotated[int, Field(ge=1, le=2**31 - 1)]
    """Of the report, as `GET /v1/declarations/{id}/movements` gives it: the event of the order to release."""
    document: CitedDocument
    reason: Reason
    """How, and by whom."""
    officer: Person | None = None
    """Only where no key is asked for, or by a system that asserts its officers."""


class Used(CallBody):
    """What a goods item has used of one line of the document."""

    goods_item: Item
    line: Item
    quantity: Moved
    unit: Unit


class Intervention(SeenAct):
    """Two officers correct a write-off by hand (Impl. Reg. (EU) 2024/2145, Art. 7 and 8)."""

    kind: Literal["force", "amend", "delete", "keep"]
    """`keep`: what is written off stays although the declaration is invalidated, because its goods are out."""
    document: CitedDocument
    items: Annotated[list[Used], Field(max_length=9_999)] = []
    """All that the declaration has used of the document; none with `delete` and `keep`."""
    officer: Person | None = None
    """Only where no key is asked for, or by a system that asserts its officers."""
    reason: Reason
    second_officer: Person | None = None
    """Only where no key is asked for: elsewhere the second person approves it by a call of their own."""
    reference: Number | None = None
    """The same intervention twice is one, unless their numbers differ."""

    @model_validator(mode="after")
    def _is_complete(self) -> "Intervention":
        if self.kind == "delete" and self.items:
            raise ValueError("with delete nothing stays written off: it has no items")
        if self.kind == "keep" and self.items:
            raise ValueError("with keep all stays as it is written off: it has no items")
        if self.kind not in {"delete", "keep"} and not self.items:
            raise ValueError(f"{self.kind} needs the items: all that is written off afterwards")
        _must_differ([(used.goods_item, used.line) for used in self.items])
        return self

    @property
    def order(self) -> InterventionKind:
        """What the officers do."""
        return InterventionKind(self.kind)


class ContingencyOpening(CallBody):
    """Two officers open a contingency window (Impl. Reg. (EU) 2024/2145, Art. 11)."""

    adapter: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    """The authority that cannot be asked, by its adapter's name."""
    mode: WindowMode = WindowMode.MANUAL
    """`manual` (an officer's own verification is needed), `hold`, or `release` (verify afterwards) where the tables give a legal
    basis for it."""
    until: Moment | None = None
    """None: until it is closed."""
    reason: Reason
    officer: Person | None = None
    """Only where no key is asked for, or by a system that asserts its officers."""
    second_officer: Person | None = None
    """Only where no key is asked for: elsewhere the second person approves it by a call of their own."""


class ContingencyClosing(CallBody):
    """An officer closes a contingency window."""

    reason: Reason
    officer: Person | None = None
    """Only where no key is asked for, or by a system that asserts its officers."""


class OwedWriteOff(SeenAct):
    """Two officers enter the write-off that a contingency window's list says is owed: all of it."""

    declaration: Annotated[str, StringConstraints(min_length=1, max_length=36)]
    """Id, MRN or LRN."""
    document: CitedDocument
    reason: Reason
    officer: Person | None = None
    """Only where no key is asked for, or by a system that asserts its officers."""
    second_officer: Person | None = None
    """Only where no key is asked for: elsewhere the second person approves it by a call of their own."""


class ApprovalAnswer(CallBody):
    """The second person approves what was ordered, or rejects it."""

    approve: StrictBool
    reason: Reason | None = None
    officer: Person | None = None
    """Only where no key is asked for, or by a system that asserts its officers."""


def _must_differ(places: Sequence[tuple[int, int]]) -> None:
    if len(set(places)) != len(places):
        raise ValueError("a goods item names a line of the document once")
