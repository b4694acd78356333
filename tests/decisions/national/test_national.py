"""Another administration's codes beside a decision: given where they follow from what is known, and never a release by guess."""

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway.configured_rules import read_rules
from gateway.decisions import decide
from gateway.decisions.findings import deserved
from gateway.decisions.national.codes import faults
from gateway.decisions.national.matrix import NOT_STATED, judge, releases, spread
from gateway.domain.decision import Decision, Effect, Mode, National
from gateway.domain.declaration import Kind
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.profile import Known, ProfileFact
from gateway.domain.verification import DocumentStatus
from gateway.settings import load
from gateway.settings.national import load_profile
from gateway.settings.tables import read_written, with_profile, written
from tests.builders.places import CONFIG
from tests.builders.small_cases import DAY
from tests.builders.story import STORIES, has_own_tables, read, shipped, tables_of

GB = load_profile("gb", CONFIG)
TABLES = with_profile(shipped(), GB)
PLAYED = tuple(story for story in STORIES if not has_own_tables(story))


def coded(story: str, tables: Tables = TABLES) -> Decision:
    """Plays a story under tables with a profile."""
    return decide(replace(read(story), tables=tables))


def code(story: str, tables: Tables = TABLES) -> National:
    """What the profile says of a story's first document."""
    found = coded(story, tables).documents[0].national
    assert found is not None
    return found


def under(**parts: Any) -> Tables:
    """The delivered tables with another profile."""
    return with_profile(shipped(), replace(GB, **parts))


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        ("clean-release", ("C03", "")),
        ("live-animals-by-the-piece", ("C03", "")),
        ("withdrawn", ("X00", "E71")),
        ("replaced", ("X00", "E72")),
        ("not-found", ("X00", "E70")),
        ("ched-a-is-not-ched-d", ("X00", "E84")),
        ("decision-transhipment-only", ("E03", "")),
        # Held or refused here, for reasons that the matrix does not ask about: no code that releases.
        ("cheese-on-milk", ()),
        ("reservation-in-doubt", ()),
        ("expired-on-the-day", ()),
        ("low-value-dataset", ()),
        # What would decide is not known.
        ("negative-is-not-cured", ("decision_kind", "decision_value")),
        ("decision-not-acceptable", ("decision_kind", "decision_value")),
        ("decision-monitored", ("decision_value",)),
        ("status-opens-nothing", ("commodity_risk", "inspection_required")),
        (
            "silence",
            ("certificate", "ched_type", "commodity_risk", "decision_kind", "decision_value", "inspection_required", "status"),
        ),
        ("verified-by-officer", ("ched_type", "commodity_risk", "decision_kind", "decision_value", "inspection_required", "status")),
    ],
)  # fmt: skip
def test_a_story_gets_its_code_or_is_told_what_it_depends_on(story: str, expected: tuple[str, ...]) -> None:
    found = code(story)
    if found.code is not None:
        assert (found.code, found.detail) == expected
        assert (found.says, found.unknown) == (GB.codes[found.code].says, ())
    else:
        assert found.unknown == expected


def test_a_profile_changes_nothing_in_a_decision_and_releases_nothing_that_is_held() -> None:
    given_out = set()
    for story in PLAYED:
        plain, decision = decide(read(story)), coded(story)
        without = tuple(structs.replace(document, national=None) for document in decision.documents)
        assert replace(decision, documents=without, rules=plain.rules) == plain
        for document in decision.documents:
            said = document.national
            assert (said is not None) == (document.type in {"C640", "N853", "C678", "C085"}), document
            if said is not None and said.code is not None and releases(GB, said.code):
                given_out.add(story)
                assert (document.effect, document.status) == (Effect.RELEASE, DocumentStatus.VALID)
    assert 20 < len(given_out) < len(PLAYED) / 2


@pytest.mark.parametrize(
    "story", ["expired-on-the-day", "cheese-on-milk", "withdrawn", "decision-not-for-procedure", "quantity-exceeded"]
)
def test_on_a_supplementary_declaration_nothing_releases_that_would_be_held_on_another(story: str) -> None:
    """There findings stop nothing, since the goods are gone; a code that says "acceptable" is not true for that."""
    case = read(story)
    supplementary = structs.replace(case.declaration, kind=Kind.SUPPLEMENTARY)
    decision = decide(replace(case, declaration=supplementary, tables=TABLES))
    assert decision.effect is Effect.RELEASE
    found = decision.documents[0].national
    assert found is not None
    assert found.code is None or not releases(GB, found.code), found


def test_on_a_supplementary_declaration_a_code_that_releases_is_given_where_nothing_is_wrong() -> None:
    given_out = set()
    for story in PLAYED:
        case = read(story)
        decision = decide(
            replace(case, declaration=structs.replace(case.declaration, kind=Kind.SUPPLEMENTARY), tables=TABLES)
        )
        graver = {
            finding.document and finding.document.key
            for finding in decision.findings
            if finding.mode is Mode.ACTIVE and deserved(finding.code, TABLES.at(case.plan.on)).gravity > 1
        }
        for document in decision.documents:
            said = document.national
            if said is not None and said.code is not None and releases(GB, said.code):
                given_out.add(story)
                assert document.status is DocumentStatus.VALID, story
                assert document.key not in graver, story
    assert "supplementary-moved-before" in given_out


def test_what_a_window_lets_through_unverified_gets_no_code_that_releases() -> None:
    everything = fact(
        Known.STATUS, "undetermined", status="VALIDATED", decision_kind="acceptable", ched_type="CVEDP",
        decision_value="Acceptable for Internal Market",
    )  # fmt: skip
    story = "contingency-release"
    kind = read(story).plan.documents[0].type
    about = fact(Known.DOCUMENT_TYPE, kind, document_type="N853", check_code="H222")
    profile = replace(GB, facts=(*GB.facts, everything, about))
    (document,) = coded(story, with_profile(tables_of(story), profile)).documents
    assert (document.effect, document.status) == (Effect.RELEASE, DocumentStatus.UNDETERMINED)
    assert document.national is not None
    assert document.national.code is None


def test_who_knows_less_never_gives_a_code_that_releases_instead() -> None:
    stories = ("clean-release", "withdrawn", "decision-monitored", "silence", "decision-not-acceptable")
    known = {story: code(story).code for story in stories}
    for left_out in GB.facts:
        tables = under(facts=tuple(row for row in GB.facts if row is not left_out))
        for story in stories:
            found = coded(story, tables).documents[0].national
            if found is not None and found.code not in {None, known[story]}:
                assert not releases(GB, found.code), (left_out, story)


def fact(known: Known, says: str, when: date = DAY, **means: str) -> ProfileFact:
    meant = {column: (value,) for column, value in means.items()}
    return ProfileFact(known=known, says=(says,), means=meant, valid_from=when, source="test", place="here:1")


def test_a_word_that_no_row_reads_never_releases() -> None:
    value = "Acceptable for Internal Market"
    assumed = fact(Known.DOCUMENT_TYPE, "N853", decision_kind="acceptable", decision_value=value)
    rest = tuple(row for row in GB.facts if row.known is not Known.DECISION)
    assert code("clean-release", under(facts=(*rest, assumed))).code == "C03"
    other = fact(Known.DECISION, "NOT_ACCEPTABLE", decision_kind="not-acceptable-action")
    found = code("clean-release", under(facts=(*rest, assumed, other)))
    assert (found.code, found.unknown) == (None, ("decision",))
    assert found.facts["decision_value"] == value


def test_rows_that_contradict_each_other_determine_nothing() -> None:
    found = code("clean-release", under(facts=(*GB.facts, fact(Known.STATUS, "valid", status="DRAFT"))))
    assert (found.code, found.unknown) == (None, ("status",))
    again = fact(Known.STATUS, "valid", certificate="found")
    (fault,) = faults(replace(GB, facts=(*GB.facts, again)))
    assert fault.startswith("here:1: means: certificate: profiles/gb/facts.toml:")
    later = fact(Known.STATUS, "valid", date(2030, 1, 1), certificate="not found")
    assert code("clean-release", under(facts=(*GB.facts, later))).code == "C03"


def test_a_profile_that_is_about_no_document_is_a_fault() -> None:
    rest = tuple(row for row in GB.facts if row.known is not Known.DOCUMENT_TYPE)
    (fault,) = faults(replace(GB, facts=rest))
    assert "no [[fact]] of document_type" in fault
    assert faults(GB) == ()


COLUMNS = {
    name: tuple(column.values) + ((NOT_STATED,) if column.optional else ()) for name, column in GB.columns.items()
}


@st.composite
def partly_known(draw: st.DrawFn) -> tuple[dict[str, frozenset[str]], dict[str, str]]:
    """For each column some values, and one of them that is the fact."""
    possible, facts = {}, {}
    for name, values in COLUMNS.items():
        some = draw(st.one_of(st.sets(st.sampled_from(values), min_size=1, max_size=3), st.just(set(values))))
        possible[name] = frozenset(some)
        facts[name] = draw(st.sampled_from(sorted(some)))
    return possible, facts


@given(partly_known())
def test_what_is_said_of_all_facts_is_among_what_may_be_said_of_some(
    case: tuple[dict[str, frozenset[str]], dict[str, str]],
) -> None:
    possible, facts = case
    stated = {name: value for name, value in facts.items() if value != NOT_STATED}
    said = judge(GB, stated, on=DAY)
    may_be = spread(GB, possible, on=DAY)
    assert said in may_be.outcomes
    if len(may_be.outcomes) > 1:
        assert may_be.columns


def test_a_profile_is_part_of_the_set_of_tables() -> None:
    assert TABLES.digest != shipped().digest
    assert with_profile(shipped(), None) is shipped()
    text = written(TABLES)
    assert read_written(text, TABLES.digest) == TABLES
    columns = dict(reversed(tuple(GB.columns.items())))
    assert under(rows=GB.rows[::-1], facts=GB.facts[::-1], columns=columns, readings={}) == TABLES
    milder = tuple(replace(row, gives="C03") if row.gives == "E03" else row for row in GB.rows)
    assert under(rows=milder).digest != TABLES.digest
    with pytest.raises(ConfigurationError, match="stored with another content"):
        read_written(text.replace('"E03"', '"C03"'), TABLES.digest)
    with pytest.raises(ConfigurationError, match="stored with another content"):
        read_written(written(shipped()), TABLES.digest)


def test_a_code_that_changes_is_another_meaning() -> None:
    released = coded("clean-release")
    other = tuple(
        structs.replace(one, national=replace(one.national, code="C02")) for one in released.documents if one.national
    )
    unknown = tuple(structs.replace(one, national=None) for one in released.documents)
    assert released.means_the_same(coded("clean-release"))
    assert not released.means_the_same(replace(released, documents=other))
    assert not released.means_the_same(replace(released, documents=unknown))


def test_before_its_rows_are_in_force_a_profile_says_nothing() -> None:
    early = tuple(replace(row, valid_from=date(2030, 1, 1)) for row in GB.facts)
    assert all(one.national is None for one in coded("clean-release", under(facts=early)).documents)


@pytest.mark.parametrize(
    ("planted", "says"),
    [
        ('known = "colour"', "Invalid enum value 'colour'"),
        ('known = "status"\nsays = ["fine"]', "'fine' is no status of a document"),
        ('known = "document_type"\nsays = ["N85"]', "'N85' is no document code"),
        ('known = "status"\ntypes = ["CHED"]\nsays = ["valid"]', ""),
        ('types = ["CHED-P"]', "types: 'CHED-P' is no document code"),
        ("says = []", "at least one of each is needed"),
        ('means = { colour = ["red"] }', "means: 'colour' is no column"),
        ('means = { status = ["FINE"] }', "means: status: 'FINE' is no value of this column"),
        ("means = { status = [] }", "means: status: at least one value is needed"),
        ('source = " "', "source: a text is needed"),
        ("valid_to = 2020-01-01", "valid_to: lies before valid_from"),
        ("when = {}", "unknown key 'when'"),
    ],
)
def test_a_faulty_row_of_facts_is_found_with_its_place(tmp_path: Path, planted: str, says: str) -> None:
    row = {
        "known": '"decision"',
        "says": '["X"]',
        "means": '{ status = ["DRAFT"] }',
        "valid_from": "2026-01-01",
        "source": '"test"',
    }
    row |= dict(line.split(" = ", 1) for line in planted.split("\n"))
    shutil.copytree(CONFIG / "profiles" / "gb", tmp_path / "profiles" / "gb")
    file = tmp_path / "profiles" / "gb" / "facts.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text + "\n[[fact]]\n" + "".join(f"{key} = {value}\n" for key, value in row.items()), encoding="utf-8"
    )
    lines = text.count("\n")
    if not says:
        assert len(load_profile("gb", tmp_path).facts) == len(GB.facts) + 1
        return
    with pytest.raises(ConfigurationError) as refused:
        load_profile("gb", tmp_path)
    (fault,) = refused.value.faults
    place, _, said = fault.partition(": ")
    assert place.startswith("profiles/gb/facts.toml:")
    assert int(place.rpartition(":")[2]) > lines
    assert says in said


def test_a_profile_that_is_broken_or_about_no_document_stops_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    shutil.copytree(CONFIG, folder)
    environment = {"HOME": "/home/somebody", "GATEWAY_CONFIG": str(folder), "GATEWAY_PROFILE": "gb"}
    assert read_rules(load(environment)).tables == TABLES
    file = folder / "profiles" / "gb" / "facts.toml"
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole.replace('known = "document_type"', 'known = "record_type"'), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="says which documents it is about"):
        read_rules(load(environment))
    file.write_text(whole + "[[nonsense]]\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="nonsense"):
        read_rules(load(environment))
