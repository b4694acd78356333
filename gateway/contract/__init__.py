"""What a partner agency builds against: the words, the shape of an adapter, its manifest and its errors.

This package stands on the standard library alone and is versioned by itself (`CONTRACT_VERSION`, semantic
versioning): an adapter written for 1.x loads in every gateway that speaks 1.y with y >= x.

An adapter does no I/O. It is an object whose methods are generators: each *yields* a `Request`, is *sent* the
`Response` and *returns* its answer. The gateway owns the network.
"""

from gateway.contract.adapter import (
    Adapter,
    Exchange,
    NotifyingAdapter,
    Occasion,
    QuantityAdapter,
    Request,
    Response,
    Settings,
    SubscribingAdapter,
    UsageAdapter,
)
from gateway.contract.errors import AccessRefused, AdapterError, RequestRejected, Unavailable, UnexpectedAnswer
from gateway.contract.identity import IdentityRule, identity, identity_fault, written
from gateway.contract.manifest import Auth, Limits, Manifest, ManifestFault, parse_manifest
from gateway.contract.vocabulary import (
    Allocation,
    AllocationState,
    Answer,
    Certificate,
    CertificateLine,
    Change,
    Direction,
    DocumentFilter,
    DocumentQuery,
    DocumentSummary,
    Intervention,
    Ledger,
    LedgerLine,
    Line,
    Money,
    MovementKind,
    Nomenclature,
    OrderLine,
    Quantity,
    QuantityOrder,
    Receipt,
    ReceiptOutcome,
    Reference,
    ReferenceKind,
    Refusal,
    Status,
)

CONTRACT_VERSION = "1.5"

__all__ = [
    "CONTRACT_VERSION",
    "AccessRefused",
    "Adapter",
    "AdapterError",
    "Allocation",
    "AllocationState",
    "Answer",
    "Auth",
    "Certificate",
    "CertificateLine",
    "Change",
    "Direction",
    "DocumentFilter",
    "DocumentQuery",
    "DocumentSummary",
    "Exchange",
    "IdentityRule",
    "Intervention",
    "Ledger",
    "LedgerLine",
    "Limits",
    "Line",
    "Manifest",
    "ManifestFault",
    "Money",
    "MovementKind",
    "Nomenclature",
    "NotifyingAdapter",
    "Occasion",
    "OrderLine",
    "Quantity",
    "QuantityAdapter",
    "QuantityOrder",
    "Receipt",
    "ReceiptOutcome",
    "Reference",
    "ReferenceKind",
    "Refusal",
    "Request",
    "RequestRejected",
    "Response",
    "Settings",
    "Status",
    "SubscribingAdapter",
    "Unavailable",
    "UnexpectedAnswer",
    "UsageAdapter",
    "identity",
    "identity_fault",
    "parse_manifest",
    "written",
]
