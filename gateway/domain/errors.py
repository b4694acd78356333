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


class Conflict(CallRefused):
    """Something else stands in its place already."""

    code = "SW-API-409"
    status = 409


class SecondNeeded(Conflict):
    """The order needs a second person."""


class ApprovalOver(Conflict):
    """The approval is not open any more."""

    code = "SW-API-603"


class WindowEnded(Conflict):
    """The decision rests on a contingency window that has ended."""


class CallInvalid(CallRefused):
    """The call's content is not valid."""

    code = "SW-API-422"
    status = 422


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

    def __init__(self, continue_at: int) -> None:
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


class Overloaded(CallRefused):
    """Too much is waiting already."""

    code = "SW-API-503"
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
