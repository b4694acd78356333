"""The book of the rules tells of every finding once, of every row of it, and leads to what it names."""

import re
from dataclasses import replace
from datetime import date
from functools import cache

import pytest

from gateway.decisions import RULE_FAILED, RULESET
from gateway.decisions.undetermined import OFFICERS_ONLY
from gateway.domain.decision import Effect, Mode
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.rows import RuleMode
from tests.builders.places import ROOT
from tests.builders.shown import WORDS
from tests.builders.story import play, shipped
from tests.house.generated import CHAPTER, TABLES, between, examples
from tools.acts import acts, acts_of
from tools.finding_readers import readers
from tools.rule_book import CHAPTERS, chapter, contents

CODES = sorted({code for rule in RULESET for code in rule.codes} | {RULE_FAILED})


@cache
def book(tables: Tables) -> str:
    return "".join(chapter(number, tables, examples(), WORDS.term) for number, _, _ in CHAPTERS)


@cache
def entries(tables: Tables) -> dict[str, str]:
    parts = re.split(r'^## <a id="sw-dec-\d{3}"></a>(SW-DEC-\d{3}): ', book(tables), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_finding_has_one_entry_and_one_link() -> None:
    text = book(shipped())
    assert re.findall(r'<a id="(sw-dec-\d{3})">', text) == [code.lower() for code in CODES]
    listed = re.findall(r"\[(SW-DEC-\d{3})\]\((rules/\d{3}\.md)#(sw-dec-\d{3})\)", contents(shipped(), WORDS.term))
    assert [(code, anchor) for code, _, anchor in listed] == [(code, code.lower()) for code in CODES]
    for _, page, anchor in listed:
        assert f'<a id="{anchor}">' in (ROOT / "docs" / page).read_text(encoding="utf-8")


def test_every_chapter_has_findings_of_its_numbers() -> None:
    chapters = re.split(r"^# (\d+)\. ", book(shipped()), flags=re.MULTILINE)
    assert [int(number) for number in chapters[1::2]] == list(range(1, len(CHAPTERS) + 1))
    bounds = [number for number, _, _ in CHAPTERS] + [1_000]
    for place, text in enumerate(chapters[2::2]):
        numbers = [int(number) for number in re.findall(r'id="sw-dec-(\d{3})"', text)]
        assert numbers
        assert all(bounds[place] <= number < bounds[place + 1] for number in numbers)


@pytest.mark.parametrize(("page", "name"), [one for one in TABLES if one[1] == CHAPTER])
def test_a_chapter_is_the_code_s(page: str, name: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert between(text, name)[2] == TABLES[page, name](), "write it anew: python -m tests.house.generated"


@pytest.mark.parametrize("code", CODES)
def test_an_entry_says_all_that_binds(code: str) -> None:
    entry = entries(shipped())[code]
    row = next(row for row in shipped().rules if code in row.codes and row.valid_to is None)
    assert re.search(r"\*\*The rule\.\*\* [A-Z].+[.]", entry)
    assert re.search(r"^> .+ \*.+\*$", entry, re.MULTILINE)
    assert f"- Legal basis: {row.legal_basis}.\n" in entry
    assert f"- Its row holds since {row.valid_from} (source: {row.source})" in entry
    case = re.search(r"- Golden case: \[([\w-]+)\]\(\.\./\.\./tests/cases/\1/\)\.", entry)
    if code == RULE_FAILED:
        assert case is None, "nothing that is delivered fails"
        return
    assert case is not None
    (edge, *_) = re.findall(
        r"- Not raised, but for one fact, in \[([\w-]+)\]\(\.\./\.\./(\S+)\): \S.+\.$", entry, re.MULTILINE
    )
    assert edge[1] == f"tests/cases/{edge[0]}/near.toml"
    assert f'code = "{code}"' in (ROOT / edge[1]).read_text(encoding="utf-8")
    assert (ROOT / "tests" / "cases" / case[1]).is_dir()
    read = entry.replace("\\", "")
    (told,) = {
        finding.message for finding in play(case[1]).findings if finding.code == code and finding.message in read
    }
    assert told


def test_rows_that_follow_each_other_are_all_told() -> None:
    tables = shipped()
    old = next(row for row in tables.rules if "SW-DEC-081" in row.codes)
    ended = replace(old, codes=("SW-DEC-081",), valid_to=date(2026, 12, 31))
    later = replace(
        ended, effect=Effect.REFUSE, legal_basis="New Law", valid_from=date(2027, 1, 1), valid_to=None, source="OJ L"
    )
    shade = RuleMode(rule="SW-DEC-081", mode=Mode.SHADOW, types=("Y128",), valid_from=date(2027, 1, 1), source="OJ L")
    rest = tuple(row for row in tables.rules if row is not old)
    changed = replace(tables, rules=(later, *rest, ended), modes=(*tables.modes, shade))
    entry = entries(changed)["SW-DEC-081"]
    assert (
        entry.index("since 2016-05-01 until 2026-12-31 (source: ") < entry.index("**refuse**") < entry.index("New Law")
    )
    assert "since 2027-01-01 (source: OJ L)" in entry
    assert "- In shadow mode for Y128: officers see what it would say" in entry
    assert "**A trader reads, in a preflight" in entry, "for other types it is active, and by then it refuses"


@pytest.mark.parametrize(
    ("code", "applies", "days"),
    [
        ("SW-DEC-003", "2019-12-14", "2019-12-14"),
        ("SW-DEC-020", "2022-12-12", "2022-12-12"),
        ("SW-DEC-052", "2019-12-14", "2019-12-14"),
        ("SW-DEC-071", "2022-12-12", "2022-12-12"),
        ("SW-DEC-070", "2024-10-17", "2022-12-12 (Reg. (EU) 2022/2399), 2024-10-17 (Impl. Reg. (EU) 2024/2145)"),
        ("SW-DEC-085", "2021-07-01", "2021-07-01"),
        ("SW-DEC-090", "2021-07-16", "2021-07-16"),
        ("SW-DEC-134", "2024-10-17", "2024-10-17"),
        ("SW-DEC-163", "2016-05-01", "2016-05-01"),
    ],
)
def test_from_when_acts_apply_stands_beside_the_day_of_the_row(code: str, applies: str, days: str) -> None:
    row = "2024-10-17" if code == "SW-DEC-070" else "2016-05-01"
    entry = entries(shipped())[code]
    assert f"- In application since {days}.\n- Its row holds since {row} (" in entry
    listed = contents(shipped(), WORDS.term)
    (line,) = (one for one in listed.splitlines() if one.startswith(f"| [{code}]"))
    assert line.endswith(f" | {applies} | {row} |")


def test_every_act_that_a_finding_cites_has_its_day_and_no_other() -> None:
    bases = {row.legal_basis for row in shipped().rules}
    assert {part for basis in bases for part in basis.split("; ") if not acts_of(part)} == set()
    cited = {act for basis in bases for act in acts_of(basis)}
    assert set(acts().values()) == cited
    assert acts_of("New Law; Reg. (EU) 2017/6250") == []


def test_what_traders_never_read_is_told_as_such() -> None:
    now = shipped().at(date.max)
    shaded = {code for code in CODES if now.mode(code, None) is Mode.SHADOW}
    assert "SW-DEC-047" in shaded
    secret = {code for row in shipped().rules if row.told is not None and row.told.is_secret for code in row.codes}
    assert {"SW-DEC-185", "SW-DEC-900"} <= secret
    assert {code for code, entry in entries(shipped()).items() if "**An officer reads.**" in entry} == (
        shaded | secret | OFFICERS_ONLY
    )


def test_when_a_trader_reads_a_text_is_as_in_the_table_of_readers() -> None:
    now, told = shipped().at(date.max), entries(shipped())
    for code, entry in told.items():
        found = readers(code, now)
        if found is not None and not found.is_for_customs:
            (when,) = re.findall(r"^\*\*A trader reads(?:, (.+))?\.\*\*$", entry, re.MULTILINE)
            assert found.who == f"the declarant, {when or 'at once'}", code
    assert "**A trader reads, in a preflight, and once customs has confirmed it.**" in told["SW-DEC-062"]
    assert "**A trader reads.**" in told["SW-DEC-010"]
