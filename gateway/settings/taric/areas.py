"""Geographical areas: the members that an extraction lists, with what an administration says of them."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from gateway.domain.tables.taric import Membership
from gateway.settings.taric.extraction import Extraction
from gateway.settings.taric.report import Report
from gateway.settings.taric.vocabulary import CodeMeanings

_QUERY = """
SELECT g.id, m.id, s.begins, s.ends
FROM membership s JOIN area g ON g.sid = s.area JOIN area m ON m.sid = s.member
ORDER BY g.id, m.id, s.begins
"""
_GROUP = 4
"""Characters of an area; a country has two."""


def areas_of(extraction: Extraction, meanings: CodeMeanings, report: Report) -> Mapping[str, tuple[Membership, ...]]:
    """Return the areas that are known, by number, with their members; without any: every country.

    An area that has no members, neither in the extraction nor in a row, is not known, nor one that has areas as members: it is
    counted.
    """
    members: dict[str, list[Membership]] = defaultdict(list)
    for area, country, begins, ends in extraction.rows(_QUERY):
        ended = date.fromisoformat(ends) if ends else None
        members[area].append(Membership(country, date.fromisoformat(begins), ended))
    nested = {area for area, of_area in members.items() if any(len(one.country) == _GROUP for one in of_area)}
    found = {area: tuple(of_area) for area, of_area in members.items() if area not in nested}
    for row in meanings.areas:
        for code in row.codes:
            if code not in found or row.whatever_is_extracted:
                found[code] = tuple(Membership(one, row.valid_from, row.valid_to) for one in row.members)
    for area, place in extraction.rows("SELECT id, place FROM area WHERE length(id) = ?", _GROUP):
        if area not in found:
            what = "has areas as members" if area in nested else "has no members"
            report.note(f"area {area} {what}", place, by_officer=True)
    return found
