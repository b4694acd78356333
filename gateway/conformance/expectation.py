"""The expectation of a recording: the whole result that the adapter makes of the answers, or the error that it raises.

The members of `[expect]` are the result's own (`Answer`, `Receipt`, `Ledger`): decimals and instants as texts, what is not
there as the contract has it where nothing is said. Of a list and a notification the documents stand below one key.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from types import GenericAlias
from typing import Any

from gateway.conformance.members import Fault, Path, read_value, says_something, written_value
from gateway.conformance.subjects import SUBJECTS
from gateway.contract import (
    Answer,
    Change,
    DocumentSummary,
    Ledger,
    NoticeReceipt,
    PartyAnswer,
    Receipt,
    ReceiptOutcome,
    Refusal,
    Reported,
    Status,
    SuspensionEvent,
)

PUSHED = "read_notification"
"""The method whose subject is what was pushed, and which asks nothing."""
RAISES = ("UnexpectedAnswer", "Unavailable", "AccessRefused", "RequestRejected")
RESULTS: Mapping[str, Any] = {
    **dict.fromkeys(SUBJECTS, Receipt),
    "verify": Answer,
    "position": Ledger,
    "list": tuple[DocumentSummary, ...],
    "report": Reported,
    "reported": tuple[Reported, ...],
    "tell": NoticeReceipt,
    "said": tuple[SuspensionEvent, ...],
    "party": PartyAnswer,
    PUSHED: tuple[Change | SuspensionEvent, ...],
}
"""The type of what each method gives; of a movement a receipt."""
_LISTED: Mapping[str, Mapping[str, type]] = {
    "list": {"documents": DocumentSummary},
    PUSHED: {"changes": Change, "events": SuspensionEvent},
    "reported": {"reports": Reported},
    "said": {"events": SuspensionEvent},
}
"""The members below which a method's values stand in lists, each with their type."""
_MEMBER = {kind: member for lists in _LISTED.values() for member, kind in lists.items()}
_COUNTED: Mapping[str, str] = {**dict.fromkeys(("list", PUSHED, "said"), "references"), "position": "lines"}
"""The members that say only which documents there are, or how many lines."""
_MAIN = frozenset({"status", "outcome", "refusal"})
"""Members that say what became of it; all others are facts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """The expected result of the adapter for the answers."""

    value: Any = None
    """The result; None: an error, or one of which only the extent is expected."""
    raises: str | None = None
    count: int | None = None
    """Lines of a position, where nothing else of them is expected."""
    references: tuple[str, ...] | None = None
    """The references of a list's or a notification's documents, where nothing else of them is expected."""

    @property
    def status(self) -> Status | None:
        """The status of an answer."""
        return self.value.status if isinstance(self.value, Answer) else None

    @property
    def outcome(self) -> ReceiptOutcome | None:
        """The outcome of a movement."""
        return self.value.outcome if isinstance(self.value, Receipt) else None

    @property
    def refusal(self) -> Refusal | None:
        """Why a movement is refused."""
        return self.value.refusal if isinstance(self.value, Receipt) else None

    @property
    def holds_facts(self) -> bool:
        """Whether it says more than what became of it."""
        return has_facts(self.value)


def has_facts(value: Any) -> bool:
    """Whether a result says more than a status or an outcome."""
    if isinstance(value, Answer | Receipt):
        return any(says_something(getattr(value, one.name)) for one in fields(value) if one.name not in _MAIN)
    return bool(value) if isinstance(value, tuple) else value is not None


def read_expectation(method: str, table: Mapping[str, Any], fault: Fault) -> Expectation:
    """Return what a recording of a method expects; every fault is reported with the path of its key."""
    listed, counted = _LISTED.get(method), _COUNTED.get(method)
    members = tuple(listed or (one.name for one in fields(RESULTS[method])))
    extent = counted is not None and counted in table and (counted != "lines" or type(table["lines"]) is int)
    known = {*members, "raises", *((counted,) if counted else ())}
    for key in table.keys() - known:
        fault(("expect", key), f"unknown key; it knows {', '.join(sorted(known))}")
    if not table:
        fault(("expect",), f"it says what the adapter makes of it: {', '.join(members)} or raises")
    elif "raises" in table:
        return _error(table, fault)
    elif extent:
        return _extent(str(counted), table, fault)
    elif listed is not None:
        lists = ((member, kind) for member, kind in listed.items() if member in table)
        read = [
            read_value(table[member], GenericAlias(tuple, (kind, ...)), ("expect", member), fault)
            for member, kind in lists
        ]
        return Expectation(value=tuple(one for each in read for one in each or ()) if read else None)
    else:
        told = {key: one for key, one in table.items() if key in known}
        return Expectation(value=read_value(told, RESULTS[method], ("expect",), fault))
    return Expectation()


def _error(table: Mapping[str, Any], fault: Fault) -> Expectation:
    if table["raises"] not in RAISES:
        fault(("expect", "raises"), f"one of {', '.join(RAISES)} is needed")
    for key in table.keys() - {"raises"}:
        fault(("expect", key), "it stands beside `raises`: an error has no facts")
    return Expectation(raises=str(table["raises"]))


def _extent(key: str, table: Mapping[str, Any], fault: Fault) -> Expectation:
    for other in table.keys() - {key}:
        fault(("expect", other), f"it stands beside `{key}`, which says nothing but how many there are")
    if key == "lines":
        return Expectation(count=table["lines"])
    references = table["references"]
    if not isinstance(references, list) or not all(type(one) is str for one in references):
        fault(("expect", key), "a list of texts is needed")
        return Expectation()
    return Expectation(references=tuple(references))


def expected_of(value: Any) -> dict[str, Any]:
    """Return what a recording expects of a result, as TOML has it."""
    if isinstance(value, tuple):
        lists: dict[str, list[Any]] = {}
        for one in value:
            lists.setdefault(_MEMBER[type(one)], []).append(_texts(one))
        return lists or {"references": []}
    found: dict[str, Any] = _texts(value)
    return found


def _texts(value: Any) -> Any:
    """Return a written value with its instants as texts."""
    written = written_value(value)

    def texts(one: Any) -> Any:
        if isinstance(one, dict):
            return {key: texts(each) for key, each in one.items()}
        if isinstance(one, list):
            return [texts(each) for each in one]
        return one.astimezone(UTC).isoformat().replace("+00:00", "Z") if isinstance(one, datetime) else one

    return texts(written)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A member of a result that is another than was expected."""

    path: Path
    expected: str
    found: str

    def __str__(self) -> str:
        way = "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in self.path).removeprefix(".")
        return f"{way}: {self.expected} is expected, and it says {self.found}"


def differences(expected: Any, found: Any, path: Path = ()) -> Iterator[Difference]:
    """Yield the differences between a result and the expected one, member by member."""
    if type(expected) is type(found) and is_dataclass(expected) and not isinstance(expected, type):
        for one in fields(expected):
            yield from differences(getattr(expected, one.name), getattr(found, one.name), (*path, one.name))
    elif isinstance(expected, tuple) and isinstance(found, tuple):
        if len(expected) != len(found):
            yield Difference(path=path, expected=_shown(expected), found=_shown(found))
        for place, (one, other) in enumerate(zip(expected, found, strict=False)):
            yield from differences(one, other, (*path, place))
    elif isinstance(expected, Mapping) and isinstance(found, Mapping):
        for key in sorted(expected.keys() | found.keys()):
            yield from differences(expected.get(key), found.get(key), (*path, key))
    elif expected != found:
        yield Difference(path=path, expected=_shown(expected), found=_shown(found))


def _shown(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case tuple():
            return f"a list of {len(value)}"
        case Enum():
            return str(value.value)
        case str():
            return repr(value[:80])
        case datetime():
            return value.isoformat()
    return f"a {type(value).__name__}" if is_dataclass(value) else str(value)[:80]
