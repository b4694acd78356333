"""The reading of `[report]` and `[reported]` from an authority's file."""

from collections.abc import Collection

from gateway.dispatch.declarative.fact_tables import fact, rows
from gateway.dispatch.declarative.goods import OF_REPORTED_LINE
from gateway.dispatch.declarative.goods_tables import goods_row
from gateway.dispatch.declarative.reports import DeclaredReports
from gateway.dispatch.declarative.request_tables import CHANGES, READS, RequestContext, agreements, request
from gateway.dispatch.declarative.sections import Section

KEYS = frozenset({"report", "reported"})
"""The tables of reports."""
_ASKED = frozenset({"reference", "type", "direction", "customs_office", "message_id", "at", "day", "mrn"})
_TOLD = _ASKED | {"key", "released_on", "lines"}
_SENT_ONCE = ("reference", "mrn", "key")
"""Names by which a report is known again: it states them, and its answer is compared with them."""


def declared_reports(asking: RequestContext, top: Section, names: Collection[str]) -> DeclaredReports | None:
    """Read how reports are sent and read back; None: there are none, or they have faults."""
    report, reported = top.table("report"), top.table("reported")
    for section, other in ((report, "reported"), (reported, "report")):
        if section is not None and other not in top:
            section.fault(None, f"[{other}] is missing: what was sent is read back by its key")
    if report is None or reported is None:
        return None
    told, asked = _TOLD | frozenset(names), _ASKED | frozenset(names)
    line = goods_row(asking, report, OF_REPORTED_LINE)
    same = agreements(asking, report, told, must_name=_SENT_ONCE)
    sending = request(asking, report, told, CHANGES, same, rows=line)
    items = fact(asking.file, report, "goods_items", "count", needed=False, many=True)
    report.end()
    if sending is not None:
        said = sending.path.names | (sending.body.names if sending.body is not None else frozenset())
        if "lines" in said and "line" not in report:
            report.fault(None, "{lines} is used, and there is no template `line`")
        if missing := [name for name in _SENT_ONCE if name not in {one.partition(".")[0] for one in said}]:
            report.fault(None, "the report does not say " + ", ".join(f"{{{name}}}" for name in missing))
    same = agreements(asking, reported, asked, must_name=("reference", "mrn"))
    reading = request(asking, reported, asked, READS, same)
    found = rows(asking.file, reported, {"key": "text"}, ("key",), {}, lists={"goods_items": "count"})
    if sending is None or reading is None or found is None:
        return None
    return DeclaredReports(sending=sending, line=line, goods_items=items, reading=reading, rows=found)
