"""The adapter of plain events: reads the contract's own words about suspended goods, spelled as JSON."""

from gateway.contract import Request, Settings, SuspensionEvent, UnexpectedAnswer
from gateway.contract.reading import Record, read_json

MEMBERS = ("reference", "version", "mrn", "goods_items", "regime", "word", "at", "fields")
NAME = "[a-z][a-z0-9_.]{0,59}"
MRN = "[0-9]{2}[A-Z]{2}[A-Z0-9]{14}"


class PlainEventsAdapter:
    """The adapter of plain events: it asks nobody and tells nobody anything."""

    def __init__(self, settings: Settings) -> None:
        pass

    def read_notification(self, request: Request) -> tuple[SuspensionEvent, ...]:
        """Read `{"events": [...]}`, or one event alone: the members of `SuspensionEvent`, where nothing is null."""
        body = read_json(request.body)
        events = tuple(_event(one) for one in (body.records("events") if "events" in body else (body,)))
        if not events:
            raise UnexpectedAnswer("a push without an event")
        return events


def _event(event: Record) -> SuspensionEvent:
    """Return an event; what it does not state is as the contract has it: no goods item named is all of the suspension's."""
    if unknown := sorted(event.values.keys() - set(MEMBERS)):
        raise UnexpectedAnswer(f"a member that no event has, beside {', '.join(MEMBERS)}: {len(unknown)}")
    fields = event.record("fields") if "fields" in event else Record({})
    return SuspensionEvent(
        reference=event.text("reference"),
        version=event.count("version"),
        mrn=event.text("mrn", MRN),
        goods_items=event.counts("goods_items") if "goods_items" in event else (),
        regime=event.text("regime", NAME),
        word=event.text("word", NAME),
        at=event.instant("at") if "at" in event else None,
        fields={name: fields.text(name) for name in fields.values},
    )
