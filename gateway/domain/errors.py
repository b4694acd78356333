"""Everything that the gateway refuses or cannot do, with its code.

GatewayError                    code, HTTP status; the docstring's first sentence is the problem's title
├── DeclarationRefused          SW-INT-...   what was sent cannot be taken as a declaration
├── CallRefused                 SW-API-...   the call cannot be carried out
│   ├── NotKnown                SW-API-404
│   └── Conflict                SW-API-409
├── EvidenceChanged             SW-STO-004   no StoreError: waiting does not mend it
└── StoreError                  SW-STO-...
    ├── LeaseLost               another holder has the declaration: drop the work
    ├── Stale                   the declaration moved on: redo the work
    └── StoreUnavailable        the database does not answer

ConfigurationError              SW-CFG-...   not a GatewayError: nothing may swallow it; the process does not start
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One reason why something was refused: the place, the rule and a sentence."""

    code: str
    message: str
    path: str | None = None
    """XPath-like place of the element or JSON pointer of the value."""
    line: int | None = None
    rule: str | None = None
    """The schema's or the business rule's own name."""
    sentence: str | None = field(default=None, compare=False)
    """The catalogue's name of the message; None: it stands in no catalogue."""
    params: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), compare=False)
    """What stands in the sentence."""


class GatewayError(Exception):
    """The gateway cannot do what was asked."""

    code = "SW-API-000"
    status = 500

    def __init__(self, detail: str = "", *, violations: tuple[Violation, ...] = ()) -> None:
        super().__init__(detail or self.title())
        self.detail = detail or self.title()
        self.violations = violations

    @classmethod
    def title(cls) -> str:
        """The first sentence of the class's docstring."""
        return (cls.__doc__ or cls.__name__).split("\n", 1)[0].rstrip(".")


class DeclarationRefused(GatewayError):
    """The message cannot be taken as a declaration."""

    code = "SW-INT-000"
    status = 422


class Unreadable(DeclarationRefused):
    """The message is not well-formed XML or JSON, or not in an accepted encoding."""

    code = "SW-INT-001"
    status = 400


class ForbiddenMarkup(DeclarationRefused):
    """The message carries a document type declaration, which is never read."""

    code = "SW-INT-002"
    status = 400


class UnsupportedFormat(DeclarationRefused):
    """The media type or the message format is not configured here."""

    code = "SW-INT-003"
    status = 415


class TooLarge(DeclarationRefused):
    """The message is larger than the limit."""

    code = "SW-INT-004"
    status = 413


class SchemaViolated(DeclarationRefused):
    """The message does not follow its schema."""

    code = "SW-INT-005"


class BusinessRuleViolated(DeclarationRefused):
    """The message follows its schema, but contradicts itself or a business rule."""

    code = "SW-INT-006"


class MessageKindUnknown(DeclarationRefused):
    """The message's kind is not one that its format knows."""

    code = "SW-INT-007"


class Resubmitted(DeclarationRefused):
    """The same declarant lodged other content under this LRN and version."""

    code = "SW-INT-008"
    status = 409


class VersionOutOfOrder(DeclarationRefused):
    """The version is not the one that comes next."""

    code = "SW-INT-009"
    status = 409


class TargetNotLodged(DeclarationRefused):
    """The declaration that the message speaks of was never lodged here."""

    code = "SW-INT-010"
    status = 404


class MrnNotGiven(DeclarationRefused):
    """An MRN comes from customs: nobody else lodges a declaration with one."""

    code = "SW-INT-011"


class ApplicationTooLate(DeclarationRefused):
    """The time limit for this application is over."""

    code = "SW-INT-012"


class ExaminationAnnounced(DeclarationRefused):
    """Customs announced an examination: no amendment is applied for any more."""

    code = "SW-INT-013"
    status = 409


class AcceptanceTooEarly(DeclarationRefused):
    """The declaration cannot have been accepted so long ago."""

    code = "SW-INT-014"


class MrnWrong(DeclarationRefused):
    """An MRN in the message cannot be one: its check character is wrong."""

    code = "SW-INT-015"


class CallRefused(GatewayError):
    """The call cannot be carried out as it stands."""

    code = "SW-API-400"
    status = 400


class NotAuthenticated(CallRefused):
    """The caller did not say who they are, or the key is not known."""

    code = "SW-API-401"
    status = 401
    reason: str | None = None
    """Why a credential is not good: for the log, never for who sent it."""


class NotAllowed(CallRefused):
    """The caller's role may not do this."""

    code = "SW-API-403"
    status = 403


class NotKnown(CallRefused):
    """There is no such thing, or the caller may not see it."""

    code = "SW-API-404"
    status = 404


@dataclass(frozen=True, slots=True)
class Obstruction:
    """The thing that stands in the way of a call, so that its caller finds it."""

    kind: str
    """`declaration`, `application`, `approval` or `window`."""
    name: str
    """Its id or number; a declaration's MRN, which leads to it whoever may see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemObstacle:
    """One thing that stands against the release of a goods item."""

    goods_item: int
    """0: of the declaration, before its goods items are known."""
    code: str
    """That of the refusal, `SW-API-...`."""
    title: str
    detail: str
    findings: tuple[str, ...] = ()
    """The codes of the findings by which the decision does, with `document` where a document holds without one."""


class Conflict(CallRefused):
    """Something else stands in its place already."""

    code = "SW-API-409"
    status = 409

    def __init__(self, detail: str = "", *, obstruction: Obstruction | None = None) -> None:
        super().__init__(detail)
        self.obstruction = obstruction
        """What stands in its place, where that is not the declaration itself."""
        self.obstacles: tuple[ItemObstacle, ...] = ()
        """Of a release: everything that stands against it, by goods item, in the order of the release gate."""


class NotAcceptedYet(Conflict):
    """The declaration is not accepted yet."""

    code = "SW-API-611"


class AcceptedOtherwise(Conflict):
    """The declaration was accepted already, under another MRN or at another time."""

    code = "SW-API-612"


class OtherMrn(Conflict):
    """The declaration carries another MRN."""

    code = "SW-API-613"


class MrnTaken(Conflict):
    """The MRN is another declaration's."""

    code = "SW-API-614"

    def __init__(self, mrn: str | None = None) -> None:
        super().__init__(obstruction=None if mrn is None else Obstruction("declaration", mrn))


class DeclarationOver(Conflict):
    """The declaration has ended, or is being invalidated."""

    code = "SW-API-615"


class ContentErased(Conflict):
    """What was declared has been erased."""

    code = "SW-API-616"


class NotDecidedYet(Conflict):
    """The declaration is not decided yet."""

    code = "SW-API-617"


class AgainstDecision(Conflict):
    """The decision does not allow it: an officer may override it."""

    code = "SW-API-618"


class ReleasedAlready(Conflict):
    """The goods were released already."""

    code = "SW-API-619"


_NOT_CARRIED_OUT = {
    "overtaken": "Something else came first: a newer version, an invalidation or another release.",
    "examined": "Customs announced an examination before anything of it was begun: order it again once that has ended.",
    "suspended": "Its goods were suspended before anything of it was begun: order it again once they are free.",
    "against_decision": "The authorities were asked once more, and what they say by now stands against it: the declaration is decided anew.",
    "not_written_off": "An authority refuses to write off what was to be released, also after everything was asked and reserved anew.",
}


class ReleaseNotCarriedOut(Conflict):
    """The release was not carried out: the goods that it names stay where they are."""

    code = "SW-API-634"

    def __init__(self, reason: str, *, violations: tuple[Violation, ...] = ()) -> None:
        super().__init__(_NOT_CARRIED_OUT.get(reason, ""))
        self.violations = violations
        self.reason = reason
        """The outcome's keyword."""


class LessLeft(Conflict):
    """Less of the goods is left than is to be released."""

    code = "SW-API-620"


class BeingCarriedOut(Conflict):
    """An order before it is still being carried out."""

    code = "SW-API-621"


class ApplicationOpen(Conflict):
    """Another application is open for this declaration."""

    code = "SW-API-622"


class DecidedOtherwise(Conflict):
    """The application was decided otherwise, or withdrawn."""

    code = "SW-API-623"


class ExaminationAwaited(Conflict):
    """An examination is announced that has not taken place yet."""

    code = "SW-API-624"


class UnderExamination(Conflict):
    """An examination is announced that these goods wait for: nobody releases them before it has ended."""

    code = "SW-API-651"


class GoodsSuspended(Conflict):
    """The goods are suspended: they are free by the words and the clock of the suspension alone, and by no override."""

    code = "SW-API-650"


class OtherContent(Conflict):
    """The reference is that of another suspension or control order of the declaration, or of other content."""

    code = "SW-API-652"


class NoExamination(Conflict):
    """No such examination was announced."""

    code = "SW-API-625"


class WindowInForce(Conflict):
    """Another contingency window of this authority is in force."""

    code = "SW-API-626"


class WindowOver(Conflict):
    """The contingency window has ended already."""

    code = "SW-API-627"


class ReadBefore(Conflict):
    """The declaration has changed since it was read: nothing was done."""

    code = "SW-API-605"

    def __init__(self, read: tuple[int, int], now: tuple[int, int]) -> None:
        super().__init__(
            f"Read were version {read[0]} and decision {read[1]}; there stand version {now[0]} and decision {now[1]}: look at it again."
        )
        self.read = read
        """The version and the number of the decision that were read; 0: none."""
        self.now = now
        """Those that stand."""
        self.effects: tuple[str | None, str | None] | None = None
        """What the two decisions come to, once somebody who may know it looked that up."""


class PreconditionFailed(Conflict):
    """`If-Match` names no ETag that the caller would be given now: nothing was done."""

    code = "SW-API-670"
    status = 412


class Ambiguous(Conflict):
    """The name is that of several declarations."""

    code = "SW-API-604"

    def __init__(self, lrn: str, candidates: tuple[tuple[str, str], ...]) -> None:
        super().__init__(
            f"Several declarants have a declaration with the LRN {lrn}: name the declarant, too, or use an id."
        )
        self.candidates = candidates
        """The ids and declarants of those that the caller may see, the newest first."""


class SecondNeeded(Conflict):
    """The order needs a second person."""

    code = "SW-API-629"


class NothingRefused(Conflict):
    """Nothing is refused, so that there is nothing to confirm."""

    code = "SW-API-630"


class ApprovalOver(Conflict):
    """The approval is not open any more."""

    code = "SW-API-603"


class WindowEnded(Conflict):
    """The decision rests on a contingency window that has ended."""

    code = "SW-API-628"


class CaseTaken(Conflict):
    """Another officer has taken the case."""

    code = "SW-API-643"


class AdapterQuarantined(Conflict):
    """The adapter is quarantined: nothing of it is under way that could come to its end."""

    code = "SW-API-633"


class CallInvalid(CallRefused):
    """The call's content is not valid."""

    code = "SW-API-422"
    status = 422


class StandsTwice(CallInvalid):
    """A parameter or a field stands twice, so that nobody knows which of the two was meant."""


class OfficerNamed(CallInvalid):
    """The call names an officer, and the officer is whoever the key belongs to."""

    code = "SW-API-601"

    def __init__(self, detail: str = "") -> None:
        super().__init__(
            detail
            or "Leave officer and second_officer out: the officer is the person of the calling key, and a second one approves by "
            "a call of their own (POST /v1/approvals/{id}). Only the key of a system with asserts_officers = true names officers."
        )


class SamePerson(CallInvalid):
    """The second officer is the same person as the officer."""

    code = "SW-API-602"

    def __init__(self) -> None:
        super().__init__(
            "The second officer is another person than the officer, and both are named where no key is asked for: names that only "
            "look different are one."
        )


class PlaceGone(CallRefused):
    """The notice behind which the caller stands is not the one that stands there now."""

    code = "SW-API-410"
    status = 410

    def __init__(self, continue_at: int | str) -> None:
        super().__init__(
            "Notices that were told are not in this database any more, as after a restore from a backup: go on with "
            f"after={continue_at}, from where notices come again."
        )
        self.continue_at = continue_at


class SpanTooLarge(CallInvalid):
    """There is more in the span than one answer tells."""


class TooManyCalls(CallRefused):
    """The caller's budget is used up for now."""

    code = "SW-API-429"
    status = 429


class AskedLately(TooManyCalls):
    """The declaration was assessed a moment ago: it is done at most once a minute."""

    def __init__(self, seconds: float) -> None:
        super().__init__("The authorities were asked about this declaration a moment ago: once a minute is enough.")
        self.seconds = seconds


class Overloaded(CallRefused):
    """Too much is waiting already."""

    code = "SW-API-503"
    status = 503


class PaperNotPossible(CallRefused):
    """This gateway writes no PDF: the extra `pdf`, or a library that it stands on, is not installed."""

    code = "SW-API-640"
    status = 501


class PaperNotMade(CallRefused):
    """A PDF took more time or memory than one is given."""

    code = "SW-API-641"
    status = 503


class StoreError(GatewayError):
    """The store cannot do what was asked."""

    code = "SW-STO-000"
    status = 503


class LeaseLost(StoreError):
    """Another holder has the declaration's lease."""

    code = "SW-STO-001"


class Stale(StoreError):
    """The declaration moved on since it was read."""

    code = "SW-STO-002"


class StoreUnavailable(StoreError):
    """The database does not answer."""

    code = "SW-STO-003"


class EvidenceChanged(GatewayError):
    """What is stored as evidence is not what the trail names."""

    code = "SW-STO-004"

    def __init__(self, digest: str) -> None:
        super().__init__(
            f"What is stored under {digest} was changed since it was stored, so it is not given out. "
            "Operators are told; `gateway audit verify --evidence` shows what else was changed."
        )


class LoopStopped(Exception):
    """A loop that the process lives by does nothing any more: no GatewayError either, the process ends itself."""


class ConfigurationError(Exception):
    """The configuration cannot be used; `faults` says every reason, each with its place."""

    code = "SW-CFG-001"

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults
