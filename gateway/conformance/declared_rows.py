"""The row of an authority's file that an answer comes to: a fault of the authority's, or that it knows no such document."""

import re
from collections.abc import Sequence

from gateway.conformance.exchanges import KitCall
from gateway.conformance.inspection import Inspection
from gateway.conformance.package import AdapterPackage
from gateway.conformance.recording import Recording
from gateway.contract import AdapterError, Response, Settings
from gateway.dispatch import declarative
from gateway.dispatch.declarative import DeclaredAdapter
from gateway.dispatch.declarative.replies import NotFoundRow

_PLACE = re.compile(rf"{re.escape(declarative.NAME)}:([0-9]+)")


def line_taken(inspection: Inspection, recording: Recording) -> int | None:
    """Return the line of what decides about a recording where it ends without facts; None: it has facts, or its adapter is code."""
    result = inspection.result(recording)
    if result.fault is not None:
        place = _PLACE.fullmatch(result.place)
        return int(place[1]) if place is not None else None
    row = not_found_row(inspection.package, recording.call, recording.answers)
    return None if row is None else row.line


def not_found_row(package: AdapterPackage, call: KitCall, answers: Sequence[Response]) -> NotFoundRow | None:
    """Return the row by which answers to a `verify` say that there is no such document; None: none of the file's does."""
    file = package.authority_file
    if file is None or call.method != "verify":
        return None
    settings = Settings(values=package.settings, secrets=package.secrets)
    exchange = DeclaredAdapter(file, settings).asked(call.subject, call.occasion)
    try:
        next(exchange)
        for answer in answers:
            exchange.send(answer)
    except StopIteration as stop:
        _, row = stop.value
        return row if isinstance(row, NotFoundRow) else None
    except AdapterError:
        pass
    return None
