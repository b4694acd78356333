"""Tables that people take along: a CSV file as spreadsheets open it."""

import csv
import io
from collections.abc import Iterable, Sequence

from starlette.responses import Response

from gateway.web.visit import Visit

_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that a spreadsheet would take for a formula."""


def csv_file(visit: Visit, name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """Return a table as a file with a name; a text that a spreadsheet would take for a formula is marked as text."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([_cell(one) for one in row] for row in rows)
    # The mark of UTF-8: without it spreadsheets take the bytes for those of another alphabet.
    answer = Response(b"\xef\xbb\xbf" + written.getvalue().encode(), media_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    answer.headers["Cache-Control"] = "no-store"
    return visit.finished(answer)


def _cell(value: object) -> object:
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS) else value
