"""The calls of the gateway, and which roles may make them."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from gateway.domain.permission import PermittedAct, Role, roles_that_may


class Call(StrEnum):
    """The calls that the gateway answers, one value per call of the API."""

    LODGE = "lodge"
    READ = "read"
    ACCEPT = "accept"
    AMEND = "amend"
    INVALIDATE = "invalidate"
    CONTROL = "control"
    """Announcing an examination, and saying that it took place."""
    APPLICATIONS = "applications"
    DECIDE_APPLICATION = "decide_application"
    WITHDRAW_APPLICATION = "withdraw_application"
    """Taking back one's own application."""
    SUSPEND = "suspend"
    """Suspending goods items under a regime."""
    SUSPENSIONS = "suspensions"
    """Reading suspensions: a trader those of which it is told."""
    SUSPENSION_WORD = "suspension_word"
    """Entering a word of a suspension: a trader its own, an officer any that the office had."""
    SUSPENSION_DUTY = "suspension_duty"
    """Saying that a notice was given that is owed under a suspension."""
    CONTROLS = "controls"
    """Reading control orders."""
    ORDER_CONTROL = "order_control"
    """Ordering a control, saying where and when it is, and what came of it."""
    WAIVE_CONTROL = "waive_control"
    """Giving a control up, having it go on after release, and settling what it found."""
    PACKS = "packs"
    """Publishing packs of risk criteria, and seeing which there are: analysts, and of the officers those whom the settings name."""
    SURVEILLANCE = "surveillance"
    """Fetching the files of Surveillance, and saying what their receiver answered."""
    FIGURES = "figures"
    """Reading indicators of how the gateway performs: of one's own offices, or of all."""
    RELEASE = "release"
    OVERRIDE = "override"
    """A release against the decision."""
    INTERVENE = "intervene"
    MOVEMENTS = "movements"
    ASSESS = "assess"
    """Having the authorities asked again at once."""
    VERIFY_DOCUMENT = "verify_document"
    TAKE_CASE = "take_case"
    """Saying that one works on a case, and reading who does."""
    CONFIRM = "confirm"
    EVENTS = "events"
    EVIDENCE = "evidence"
    EXPORT = "export"
    """A declaration with all that is stored of it, to take along."""
    EXPLANATION = "explanation"
    READINGS = "readings"
    """Which persons read a case."""
    CHECK_DOCUMENT = "check_document"
    PREFLIGHT = "preflight"
    ADAPTERS = "adapters"
    ENABLE_ADAPTER = "enable_adapter"
    DISABLE_ADAPTER = "disable_adapter"
    """Switching an adapter off, at once or once what is under way has come to its end."""
    NOTIFY = "notify"
    NOTICES = "notices"
    METRICS = "metrics"
    CONTINGENCY = "contingency"
    """Opening and closing contingency windows."""
    CONTINGENCIES = "contingencies"
    ACTS = "acts"
    """What officers did by their own judgement, over all declarations."""
    APPROVALS = "approvals"
    """The orders that wait for a second person."""
    APPROVE = "approve"
    """Approving or rejecting it; what the order itself needs is asked for besides."""
    WITHDRAW_APPROVAL = "withdraw_approval"
    """Taking back what one asked for oneself."""
    APPROVE_TABLES = "approve_tables"
    """A set of tables that loosens what is in force."""
    COVERAGE = "coverage"
    """Which goods and formalities the tables in force know."""
    REQUIREMENTS = "requirements"
    """What goods need, before anything is declared."""
    SHADOW = "shadow"
    """What the shadow rules would have changed."""
    ME = "me"
    """Who one is here, and what one may do."""
    ACCESS = "access"
    """Who may do what."""
    KEYS = "keys"
    """Which keys there are: a trader's are the ones of its own making."""
    OWN_KEYS = "own_keys"
    """Making and revoking keys of one's own, with at most one's own EORIs."""
    WEBHOOKS = "webhooks"
    """Webhooks of one's own: making, seeing, testing and ending them."""


_READING = frozenset({Role.CUSTOMS, Role.TRADER, Role.OFFICER, Role.RISK, Role.AUDITOR})
_ASKING = frozenset({Role.CUSTOMS, Role.TRADER, Role.OFFICER})

WHO_MAY: Mapping[Call, frozenset[Role]] = MappingProxyType(
    {
        # Who may at all; which party may at which stage, the same table says (`domain.permission`).
        Call.LODGE: roles_that_may(PermittedAct.LODGE),
        Call.READ: roles_that_may(PermittedAct.READ),
        Call.ACCEPT: roles_that_may(PermittedAct.ACCEPT),
        Call.AMEND: roles_that_may(PermittedAct.AMEND),
        Call.INVALIDATE: roles_that_may(PermittedAct.INVALIDATE),
        Call.CONTROL: roles_that_may(PermittedAct.CONTROL),
        Call.APPLICATIONS: _READING,
        Call.DECIDE_APPLICATION: roles_that_may(PermittedAct.DECIDE_APPLICATION),
        # The declaration system passes on what a party told it.
        Call.WITHDRAW_APPLICATION: frozenset({Role.CUSTOMS, Role.TRADER}),
        Call.SUSPEND: frozenset({Role.CUSTOMS, Role.OFFICER}),
        Call.SUSPENSIONS: _READING,
        Call.SUSPENSION_WORD: frozenset({Role.TRADER, Role.OFFICER}),
        Call.SUSPENSION_DUTY: frozenset({Role.OFFICER}),
        Call.CONTROLS: frozenset({Role.CUSTOMS, Role.OFFICER, Role.RISK, Role.AUDITOR}),
        Call.ORDER_CONTROL: frozenset({Role.CUSTOMS, Role.OFFICER, Role.RISK}),
        Call.WAIVE_CONTROL: frozenset({Role.OFFICER, Role.RISK}),
        Call.PACKS: frozenset({Role.OFFICER, Role.RISK}),
        Call.SURVEILLANCE: frozenset({Role.CUSTOMS}),
        Call.FIGURES: frozenset({Role.OFFICER, Role.AUDITOR}),
        Call.RELEASE: frozenset({Role.CUSTOMS, Role.OFFICER}),
        Call.OVERRIDE: frozenset({Role.OFFICER}),
        Call.INTERVENE: frozenset({Role.OFFICER}),
        Call.MOVEMENTS: _READING,
        Call.ASSESS: frozenset({Role.CUSTOMS, Role.OFFICER}),
        Call.VERIFY_DOCUMENT: frozenset({Role.OFFICER}),
        Call.TAKE_CASE: frozenset({Role.OFFICER}),
        Call.CONFIRM: frozenset({Role.CUSTOMS, Role.OFFICER}),
        Call.EVENTS: _READING,
        Call.EVIDENCE: frozenset({Role.OFFICER, Role.AUDITOR}),
        Call.EXPORT: frozenset({Role.OFFICER, Role.AUDITOR}),
        Call.EXPLANATION: _READING,
        Call.READINGS: frozenset({Role.OFFICER, Role.AUDITOR}),
        Call.CHECK_DOCUMENT: _ASKING,
        Call.PREFLIGHT: _ASKING,
        Call.ADAPTERS: frozenset({Role.CUSTOMS, Role.OFFICER, Role.AUDITOR, Role.OPERATOR}),
        Call.ENABLE_ADAPTER: frozenset({Role.OPERATOR, Role.OFFICER}),
        Call.DISABLE_ADAPTER: frozenset({Role.OPERATOR, Role.OFFICER}),
        Call.NOTIFY: frozenset({Role.AUTHORITY}),
        Call.NOTICES: _READING,
        Call.METRICS: frozenset({Role.OPERATOR}),
        Call.CONTINGENCY: frozenset({Role.OFFICER}),
        Call.CONTINGENCIES: frozenset({Role.OFFICER, Role.AUDITOR, Role.OPERATOR}),
        Call.ACTS: frozenset({Role.OFFICER, Role.AUDITOR}),
        Call.APPROVALS: frozenset({Role.CUSTOMS, Role.OFFICER, Role.AUDITOR, Role.OPERATOR}),
        Call.APPROVE: frozenset({Role.OFFICER, Role.OPERATOR}),
        Call.WITHDRAW_APPROVAL: frozenset({Role.OFFICER, Role.OPERATOR}),
        Call.APPROVE_TABLES: frozenset({Role.OFFICER, Role.OPERATOR}),
        Call.COVERAGE: _READING | {Role.OPERATOR},
        Call.REQUIREMENTS: _READING | {Role.OPERATOR},
        Call.SHADOW: frozenset({Role.OFFICER, Role.AUDITOR, Role.OPERATOR}),
        Call.ME: frozenset(Role),
        Call.ACCESS: frozenset(Role) - {Role.AUTHORITY},
        Call.KEYS: frozenset({Role.TRADER, Role.AUDITOR, Role.OPERATOR}),
        Call.OWN_KEYS: frozenset({Role.TRADER}),
        Call.WEBHOOKS: _ASKING,
    }
)
"""The whole of "who may do what". A trader's calls reach only the declarations of its own EORIs."""

NOT_BY_MADE_KEYS = frozenset({Call.OWN_KEYS})
"""What a key that a trader made of its own may not do, whatever its maker may."""
