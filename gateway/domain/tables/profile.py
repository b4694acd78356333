"""Another administration's decision matrix: rows of facts and the code that each gives, as data beside our own tables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.domain.decision import Effect, National
from gateway.domain.tables.rows import Row

ABSENT = "(absent)"
"""What is known not to be there; an empty cell says so too."""
ANYTHING = "*"
"""In a table of facts: whatever the value is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the profile: a fact, and every value that it can have."""

    name: str
    values: tuple[str, ...]
    optional: bool = False
    """Left out, the rows that name it are silent; any other that is left out is `(absent)`."""
    prefix: str = ""
    """What a published table writes before each value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalCode:
    """A code that the administration issues."""

    name: str
    severity: int
    """Of several codes the one with the highest severity counts."""
    effect: Effect
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileStage:
    """A stage of the profile: the gravest of its matching rows decides, and later stages are not asked any more."""

    name: str
    over: tuple[str, ...] = ()
    """Codes of earlier stages over which this stage is asked all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRow(Row):
    """A row of facts, and the code that they give."""

    stage: str
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Column -> the values of which the fact is one; a column that is not named matches everything."""
    unless: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Column -> the values of which the fact is none."""
    gives: str
    detail: str = ""
    """The administration's own further code."""

    @property
    def named(self) -> frozenset[str]:
        """The names of the columns that it asks about."""
        return frozenset((*self.when, *self.unless))


@dataclass(frozen=True, slots=True, kw_only=True)
class WordMeaning:
    """The meaning of a word of a published table, as facts."""

    column: str
    says: str
    means: Mapping[str, str]
    place: str = field(default="", compare=False)


class Known(StrEnum):
    """The gateway's knowledge of a cited document, of which a profile's facts can be made."""

    DOCUMENT_TYPE = "document_type"
    """As declared."""
    STATUS = "status"
    """The document's status as the rules see it."""
    RECORD_TYPE = "record_type"
    """The document type of what the authority holds."""
    AUTHORITY_STATUS = "authority_status"
    """The authority's own status code."""
    DECISION = "decision"
    """The authority's decision code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileFact(Row):
    """The meaning of something that the gateway knows, as facts of the profile."""

    known: Known
    says: tuple[str, ...]
    """The words for which the row holds."""
    types: tuple[str, ...] = ()
    """Declared document types; empty: all. Two authorities may mean different things by one word."""
    means: Mapping[str, tuple[str, ...]]
    """Column -> the values of which the fact is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileOutcome:
    """The result of a profile for facts."""

    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One administration's matrix."""

    name: str
    title: str
    otherwise: ProfileOutcome
    """What is said to facts that no row knows. Never a release."""
    columns: Mapping[str, Column]
    codes: Mapping[str, NationalCode]
    stages: tuple[ProfileStage, ...]
    """In the order in which they are asked."""
    rows: tuple[ProfileRow, ...]
    readings: Mapping[tuple[str, str], WordMeaning]
    expected: str = "expected_code"
    """The column of a table of facts that holds the code to compare with."""
    expected_detail: str = "further_detail"
    aside: tuple[str, ...] = ()
    """Columns of published tables that are no facts."""
    facts: tuple[ProfileFact, ...] = ()
    """How its facts are made of what the gateway knows; no row names the document type: it is about none of ours."""
    answered: dict[object, National | None] = field(default_factory=dict, compare=False, repr=False, init=False)
    """What it said of documents, by all that was known of them: documents that are alike are judged once."""
    _staged: dict[str, tuple[ProfileRow, ...]] = field(default_factory=dict, compare=False, repr=False, init=False)

    def misnamed(self, facts: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
        """Return which of these columns, and of their values, this profile does not have."""
        for name, values in facts.items():
            column = self.columns.get(name)
            if column is None:
                yield f"{name!r} is no column"
                continue
            for value in values:
                if value not in column.values:
                    yield f"{name}: {value!r} is no value of this column"
            if not values:
                yield f"{name}: at least one value is needed"

    def of_stage(self, stage: str) -> tuple[ProfileRow, ...]:
        """Return the rows of a stage."""
        rows = self._staged.get(stage)
        if rows is None:
            rows = self._staged[stage] = tuple(row for row in self.rows if row.stage == stage)
        return rows
