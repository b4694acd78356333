"""The sample declarations and their expected outcomes: `stories/stories.toml`, played against a running gateway."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import quote

import httpx
import tomli
from lxml import etree

from gateway.resources import Threads
from gateway.terminal.client import GatewayClient, Reply, media_type_of

FOLDER = Path(__file__).with_name("stories")
_PACKAGES = FOLDER.parents[3]
_PATIENCE_S = 60.0
_LOOKS_EVERY_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedOutcome:
    """The expected outcome of a step."""

    effect: str
    findings: frozenset[str]
    """The codes of all findings that hold or refuse."""
    or_findings: frozenset[str] | None
    """The findings instead, where they depend on who came first."""
    forecast: bool
    state: str | None
    """The declaration's state; None: not compared."""
    quantities: tuple[str, ...] | None
    """The quantities moved of its documents, as `quantities` writes them; None: not compared."""

    def met_by(self, reply: Reply) -> bool:
        """Whether the decision is the expected one, for the expected reasons."""
        decision = reply.decision
        return (
            decision is not None
            and decision["effect"] == self.effect
            and decision["forecast"] == self.forecast
            and stopping(decision) in {self.findings, self.or_findings}
            and self.state in {None, reply.body["state"]}
            and self.quantities in {None, quantities(reply.body)}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryStep:
    """One step of a story: at the gateway (then something is expected) or at an authority."""

    says: str | None
    does: Mapping[str, Any]
    expected: ExpectedOutcome | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A sample with its steps."""

    number: int
    title: str
    sees: str
    """What an officer sees in it."""
    steps: tuple[StoryStep, ...]
    needs: str | None = None
    """The adapter without which it cannot be played, where the demonstration connects it and the delivered configuration does not."""
    prepared: bool = False
    """Whether a wing prepares the database for it before the gateway starts."""
    unasked: Mapping[str, str] = field(default_factory=dict)
    """Why it cites documents, by their types, that no delivered table asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A step that was played."""

    step: StoryStep
    reply: Reply | None
    """None: the step was at an authority."""
    seconds: float
    """From the call to its decision."""

    @property
    def as_expected(self) -> bool:
        """Whether the step came out as expected."""
        return self.step.expected is None or (self.reply is not None and self.step.expected.met_by(self.reply))


def stopping(decision: Mapping[str, Any]) -> frozenset[str]:
    """Return the codes of the findings that hold or refuse the goods."""
    return frozenset(f["code"] for f in decision["findings"] if f["effect"] in {"hold", "refuse"})


def quantities(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return for each document what its authority has reserved or written off, or why it has not: sums over all goods items."""
    lines = []
    for document in body.get("documents", ()):
        sums: dict[tuple[str, str], Decimal] = {}
        for line in document["quantity"]:
            if line["movement"] != "none":
                place = line["movement"].replace("_", " "), line["unit"] or ""
                sums[place] = sums.get(place, Decimal(0)) + Decimal(line["moved"] or 0)
        parts = [f"{total:f} {unit} {movement}" if total else movement for (movement, unit), total in sums.items()]
        if parts:
            lines.append(f"{document['type']} {document['reference']}: {', '.join(sorted(set(parts)))}")
    return tuple(lines)


def read_stories(folder: Path = FOLDER) -> tuple[Story, ...]:
    """Read the stories in their order."""
    table = tomli.loads((folder / "stories.toml").read_text(encoding="utf-8"))
    return tuple(
        Story(
            number=number,
            title=one["title"],
            sees=one["sees"],
            steps=tuple(map(_step, one["step"])),
            needs=one.get("needs"),
            prepared=one.get("prepared", False),
            unasked=one.get("unasked", {}),
        )
        for number, one in enumerate(table["story"], start=1)
    )


def installation(folder: Path = FOLDER) -> dict[str, str]:
    """Return what the demonstration sets beside the delivered configuration, as variables of the environment."""
    table = tomli.loads((folder / "stories.toml").read_text(encoding="utf-8"))
    return {key: value.replace("{packages}", str(_PACKAGES)) for key, value in table["installation"].items()}


def _step(table: Mapping[str, Any]) -> StoryStep:
    expected = None
    if "expect" in table:
        expected = ExpectedOutcome(
            effect=table["expect"],
            findings=frozenset(table["findings"]),
            or_findings=frozenset(table["or_findings"]) if "or_findings" in table else None,
            forecast=table.get("forecast", False),
            state=table.get("state"),
            quantities=tuple(table["quantities"]) if "quantities" in table else None,
        )
    return StoryStep(says=table.get("says"), does=table, expected=expected)


def play(
    story: Story, gateway: GatewayClient, simulators: Mapping[str, str], folder: Path = FOLDER
) -> Iterator[Played]:
    """Play a story step by step against the gateway and the simulated authorities (their URLs by adapter).

    Raises:
        Unreachable, httpx.HTTPError: one of them does not answer.
    """
    record_id = ""
    later: list[Reply] = []
    began = datetime.now(UTC)
    for step in story.steps:
        before, began = began, datetime.now(UTC)
        reply: Reply | None = None
        match step.does:
            case {"lodge": str(name)}:
                file = folder / name
                raw = _repeated(file.read_bytes(), step.does["items"]) if "items" in step.does else file.read_bytes()
                reply = gateway.lodge(raw, media_type_of(file), wait_s=_PATIENCE_S)
                record_id = str(reply.body.get("id", ""))
            case {"race": list(names)}:
                reply, *later = _raced(gateway, [folder / name for name in names])
            case {"behind": True}:
                reply, began = later.pop(0), before
            case {"amend": str(name)}:
                file = folder / name
                reply = gateway.amend(record_id, file.read_bytes(), media_type_of(file), wait_s=_PATIENCE_S)
            case {"accept": str(mrn)}:
                reply = gateway.accept(record_id, mrn=mrn, accepted_at=began.isoformat(), wait_s=_PATIENCE_S)
            case {"adapter": str(name)}:
                _at_authority(simulators[name], step.does)
            case _:
                reply = _acted(gateway, record_id, step.does)
        yield Played(step=step, reply=reply, seconds=(datetime.now(UTC) - began).total_seconds())
        if reply is not None and not reply.taken:
            return


def _acted(gateway: GatewayClient, record_id: str, does: Mapping[str, Any]) -> Reply | None:
    """Act on the declaration as customs, an officer or an authority does; None: the step names no act."""
    match does:
        case {"release": dict(payload)}:
            return gateway.release(record_id, payload, wait_s=_PATIENCE_S)
        case {"invalidate": {"grounds": str(grounds), "reason": str(reason)}}:
            return gateway.invalidate(record_id, reason=reason, grounds=grounds, wait_s=_PATIENCE_S)
        case {"verify": dict(payload)}:
            kind, reference = payload["type"], payload["reference"]
            verification = {key: value for key, value in payload.items() if key not in {"type", "reference"}}
            return gateway.verify(record_id, kind, reference, verification=verification, wait_s=_PATIENCE_S)
        case {"push": dict(message), "by": str(name)}:
            return _pushed(gateway, record_id, name, message)
        case {"control": dict(message)}:
            return _controlled(gateway, record_id, message, does.get("ends"), decides=does.get("decides", True))
    return None


def _pushed(gateway: GatewayClient, record_id: str, adapter: str, message: Mapping[str, Any]) -> Reply:
    """Push a word of an authority, and return the declaration once it is decided again, or as it is when patience ends."""
    known, until = gateway.get(record_id), monotonic() + _PATIENCE_S
    gateway.say(f"/v1/adapters/{adapter}/notifications", message)
    while (reply := gateway.get(record_id)).decision == known.decision and monotonic() < until:
        sleep(_LOOKS_EVERY_S)
    return reply


def _controlled(
    gateway: GatewayClient, record_id: str, message: Mapping[str, Any], act: str | None, *, decides: bool
) -> Reply:
    """Order a control, or end the one that was ordered last; return the declaration as it is then, or the refusal."""
    path = f"/v1/declarations/{record_id}/controls"
    if act is not None:
        listed = gateway.gateway.read("/v1/controls", declaration=record_id)["items"]
        path = f"/v1/controls/{max(one['number'] for one in listed)}/{act}"
    known, until = gateway.get(record_id), monotonic() + _PATIENCE_S
    answer = gateway.say(path, message)
    while (
        (reply := gateway.get(record_id)).decision == known.decision
        and act is not None
        and decides
        and monotonic() < until
    ):
        sleep(_LOOKS_EVERY_S)
    return reply if answer.taken else answer


def _raced(gateway: GatewayClient, files: Sequence[Path]) -> list[Reply]:
    """Lodge all at the same moment; return what may be released first."""

    def lodge(file: Path) -> Reply:
        return gateway.lodge(file.read_bytes(), media_type_of(file), wait_s=_PATIENCE_S)

    with Threads("submissions", len(files)) as pool:
        return sorted(pool.map(lodge, files), key=lambda reply: reply.outcome)


def _at_authority(url: str, does: Mapping[str, Any]) -> None:
    """Change the records of a simulated authority, or how it fails."""
    if "record" in does:
        path = f"/_simulator/documents/{quote(does['reference'], safe='')}"
        answer = httpx.put(url + path, json=does["record"], trust_env=False)
    else:
        fault = {"reference": does["reference"], "fault": does.get("fault")}
        answer = httpx.post(url + "/_simulator/faults", json=fault, trust_env=False)
    answer.raise_for_status()


def _repeated(raw: bytes, items: int) -> bytes:
    """Make a consignment of many goods items out of a declaration of a few, in turn."""
    root = etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True))
    samples = root.findall(".//{*}GoodsItem")
    parent = samples[0].getparent()
    assert parent is not None
    for number in range(len(samples), items):
        copy = deepcopy(samples[number % len(samples)])
        place = copy.find("{*}goodsItemNumber")
        assert place is not None
        place.text = str(number + 1)
        parent.append(copy)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
