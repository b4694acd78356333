"""Geographical areas: the members that an extraction lists, with what an administration says of them."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date

from gateway.domain.tables.taric import Membership
from gateway.settings.taric.extraction import Extraction
from gateway.settings.taric.report import Report
from gateway.settings.taric.vocabulary import CodeMeanings

_QUERY = """
SELECT g.id, m.id, s.begins, s.ends, s.place, s.area, s.member
FROM membership s LEFT JOIN area g ON g.sid = s.area LEFT JOIN area m ON m.sid = s.member
ORDER BY g.id, m.id, s.begins
"""
_GROUP, _COUNTRY = 4, 2
"""Characters of an area, and of a country."""
_OF_NO_COUNTRY = re.compile("EU|Q[P-Z]")
"""Codes of customs' list that stand for many countries or for none: on which goods a measure on such is, no origin says."""


def areas_of(extraction: Extraction, meanings: CodeMeanings, report: Report) -> Mapping[str, tuple[Membership, ...]]:
    """Return the areas that are known, by number, with their members; without any: every country.

    An area that has no members, neither in the extraction nor in a row, is not known, nor one that has areas as members, or members
    that are in no file: it is counted.
    """
    members: dict[str, list[Membership]] = defaultdict(list)
    broken: set[str] = set()
    for area, country, begins, ends, place, area_sid, member_sid in extraction.rows(_QUERY):
        if area is None:
            report.note(f"area number {area_sid}, which has members, is in no file", place, by_officer=True)
        elif country is None:
            broken.add(area)
            report.note(f"area {area} has the member number {member_sid}, which is in no file", place, by_officer=True)
        else:
            ended = date.fromisoformat(ends) if ends else None
            members[area].append(Membership(country, date.fromisoformat(begins), ended))
    nested = {area for area, of_area in members.items() if any(len(one.country) == _GROUP for one in of_area)}
    found = {area: tuple(of_area) for area, of_area in members.items() if area not in nested | broken}
    for row in meanings.areas:
        for code in row.codes:
            if code not in found or row.whatever_is_extracted:
                found[code] = tuple(Membership(one, row.valid_from, row.valid_to) for one in row.members)
    for area, place in extraction.rows("SELECT id, place FROM area WHERE length(id) = ?", _GROUP):
        if area not in found and area not in broken:
            what = "has areas as members" if area in nested else "has no members"
            report.note(f"area {area} {what}", place, by_officer=True)
    return found


def countries_of(extraction: Extraction, known: Collection[str]) -> frozenset[str]:
    """Return the codes that a measure can name as a country: those that are known, and those that the extraction lists."""
    listed = (code for (code,) in extraction.rows("SELECT id FROM area WHERE length(id) = ?", _COUNTRY))
    return frozenset(one for one in (*known, *listed) if one.isalpha() and not _OF_NO_COUNTRY.fullmatch(one))
