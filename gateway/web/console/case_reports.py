"""The reports of a case's releases to authorities, each in a sentence."""

from collections.abc import Iterable, Sequence

from gateway.api.views.movements import reports as as_bodies
from gateway.domain.document import DocumentKey
from gateway.domain.required_report import ReleaseReports
from gateway.web.console.case_view import Body, CaseReading, Key


def reports(reading: CaseReading, found: Iterable[ReleaseReports]) -> Sequence[tuple[Key, str]]:
    """Return each document with what is to be said of its report."""
    return [((one["document"]["type"], one["document"]["reference"]), _text(reading, one)) for one in as_bodies(found)]


def open_reports(found: Iterable[ReleaseReports]) -> dict[str, tuple[int, DocumentKey]]:
    """Return the reports that no authority has yet, by what names each: the document, and the day of the release."""
    return {
        f"{one.order.type} {one.order.reference}, {one.order.released_on}": (
            release.step,
            DocumentKey(one.order.type, one.order.reference),
        )
        for release in found
        for one in release.reports
        if not one.state.is_over
    }


def _text(reading: CaseReading, one: Body) -> str:
    said = {"authority": one["authority"], "items": reading.items(one["goods_items"])}
    if one["at"] is not None:
        said["time"] = reading.times.moment(one["at"]).text
    return reading.text(f"case.report_{one['state']}", **said)
