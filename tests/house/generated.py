"""The tables in the docs that follow from the code; `python -m tests.house.generated` writes them anew."""

import re
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import cache, partial
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

import gateway.app  # noqa: F401  every room's errors are known once all rooms are loaded
from gateway.access import OFFICE_REACH, WHO_MAY, Call
from gateway.conformance.examination import rules
from gateway.conformance.report import table_of
from gateway.contract import errors as contract_errors
from gateway.dispatch.delivered import digest_of
from gateway.domain import errors
from gateway.domain.permission import TABLE, Party, PermittedAct, Role, Stage, Verdict
from gateway.observe.certificate_figures import OF_CERTIFICATES
from gateway.observe.figures import FIGURES
from gateway.observe.installation_figures import ANSWERS, INSTALLATION, OLDEST, WITHOUT_AGE
from gateway.observe.scrape import OF_PROCESSES, READY, START_TIME
from gateway.resources import LISTED, ResourceKind
from gateway.settings import Counts, Settings, when_they_count
from gateway.settings.tables import load_tables
from gateway.shared_figures import OF_ENDED, Figure
from gateway.store.coverage import COVERAGE, WORKING
from gateway.wing_files import wing_files
from tests.benchmarks import performance_page, sizing_page
from tests.builders.places import CONFIG, ROOT
from tests.builders.shown import WORDS
from tests.builders.story import STORIES, catalogue, near_misses, play
from tests.deploy.trials.evidence import tried_table
from tests.house import authorities_page, contract_page, decisions_page, formats_page, indicators_page, log_lines
from tests.house.row_keys import keys_table, texts_below
from tests.rates.rates import rates_table
from tools.finding_readers import readers_table
from tools.rule_book import CHAPTERS, Edge, Example, chapter, contents

CHAPTER = "chapter"
"""The name of what a page of the book of the rules is made of, whole."""

_WINGS = frozenset(wing.name for wing in wing_files())
"""Their settings come last."""
_OLDEST = tuple(
    one._replace(name=one.name + OLDEST, text=f"How old the oldest of `{one.name}` is")
    for one in INSTALLATION
    if one.name not in WITHOUT_AGE
)
_COUNTS = {
    Counts.AT_SIGHUP: "at SIGHUP",
    Counts.AT_A_RESTART: "at a restart",
    Counts.REFUSED_BY_SIGHUP: "at a restart; SIGHUP takes nothing then",
}
_NOT_KEYS = frozenset({"folder", "schemas"})


def settings_table() -> str:
    """Every key of `gateway.toml` with its default and what it means."""
    counts = when_they_count()
    rows = "".join(
        f"| `{key}` | {default} | {what} | {_COUNTS[counts[key]] if key in counts else ''} |\n"
        for key, default, what in _keys(Settings, "")
    )
    return f"| key | default | meaning | a change counts |\n|---|---|---|---|\n{rows}"


def _keys(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str, str]]:
    told = texts_below(model)
    for name, field in sorted(model.model_fields.items(), key=lambda one: one[0] in _WINGS):
        if name in _NOT_KEYS:
            continue
        key = prefix + (field.alias or name)
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _keys(inner, key + ".")
            continue
        default = "" if field.is_required() else _shown(field.get_default(call_default_factory=True))
        yield key, default, told.get(name, "")


def _shown(default: Any) -> str:
    if default in (None, (), {}):
        return ""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{default.value if isinstance(default, Enum) else default}`"


def resources_table() -> str:
    """Everything that a gateway can use up, with its bound, a client's share, and what becomes of who finds it used up."""
    rows = "".join(
        f"| `{name}` | {one.kind} | {one.what} | {one.bound} | {one.share} | {one.beyond} |\n"
        for name, one in sorted(LISTED.items(), key=lambda row: (list(ResourceKind).index(row[1].kind), row[0]))
    )
    head = "| resource | kind | what it is | how much there is | how much one client has | beyond |\n"
    return f"{head}|---|---|---|---|---|---|\n{rows}"


def documented_figures() -> list[Figure]:
    """Every figure that `/metrics` tells, by name."""
    beside = (START_TIME, READY, ANSWERS)
    return sorted((*FIGURES, *OF_PROCESSES, *OF_CERTIFICATES, *OF_ENDED, *beside, *INSTALLATION, *_OLDEST))


def metrics_table() -> str:
    """Every figure that `/metrics` tells, with its kind, its labels and what it is."""
    rows = "".join(
        f"| `{one.name}` | {one.kind} | {', '.join(f'`{label}`' for label in one.labels)} | {one.text} |\n"
        for one in documented_figures()
    )
    return f"| figure | kind | labels | what it is |\n|---|---|---|---|\n{rows}"


def codes_table() -> str:
    """Every code of a problem with its status and title, and the codes of what an authority's adapter can meet."""
    rows = [
        f'| <a id="{kind.code}"></a>`{kind.code}` | {kind.status} | {_title(kind)} |\n'
        for kind in _kinds(errors.GatewayError)
    ]
    rows += [f"| `{kind.code}` | | {_title(kind)} |\n" for kind in _kinds(contract_errors.AdapterError)]
    return "| code | status | title |\n|---|---|---|\n" + "".join(rows)


def _title(kind: type[Any]) -> str:
    return (kind.__doc__ or "").partition("\n")[0].rstrip(".")


def _kinds(kind: type[Any]) -> list[type[Any]]:
    """The kind that stands for each code: the most general one, where more special ones share its code."""
    found: dict[str, type[Any]] = {}
    waiting = [kind]
    while waiting:
        one = waiting.pop(0)
        # Tests may have made kinds of their own.
        if one.__module__.startswith("gateway."):
            found.setdefault(one.code, one)
        waiting += sorted(one.__subclasses__(), key=lambda inner: inner.__qualname__)
    return [found[code] for code in sorted(found)]


_STAGES = {
    Stage.NEW: "not lodged",
    Stage.LODGED: "not accepted",
    Stage.ACCEPTED: "accepted",
    Stage.RELEASED: "released, wholly or in part",
    Stage.EXAMINATION: "examination announced",
    Stage.EXAMINED: "examined, not released",
    Stage.ENDED: "ended",
}
_ACTS = {
    PermittedAct.LODGE: "lodge",
    PermittedAct.READ: "read",
    PermittedAct.AMEND: "amend (`.../amendments`, next version, 13 + COR)",
    PermittedAct.INVALIDATE: "invalidate (`.../invalidation`, 13 + INV)",
    PermittedAct.ACCEPT: "say that it is accepted or presented (`.../acceptance`, 13 + GPR)",
    PermittedAct.CONTROL: "announce an examination (`.../control`)",
    PermittedAct.DECIDE_APPLICATION: "grant or refuse an application",
}
_VERDICTS = {Verdict.ACT: "act", Verdict.APPLY: "**apply**", Verdict.REFUSED: "refused", Verdict.UNKNOWN: "404"}


def permission_table() -> str:
    """Who may act on a declaration: a row for those of whom the same holds at every stage."""
    rows = []
    for act, said in _ACTS.items():
        alike: dict[tuple[Verdict, ...], list[str]] = {}
        for role in Role:
            for party in Party if role is Role.TRADER else (Party.STRANGER,):
                told = tuple(TABLE[role, party, stage, act] for stage in _STAGES)
                who = f"trader: {party.value.replace('_', ' ')}" if role is Role.TRADER else role.value
                alike.setdefault(told, []).append(who)
        rows += [
            f"| {said} | {', '.join(who)} | {' | '.join(_VERDICTS[one] for one in told)} |\n"
            for told, who in alike.items()
        ]
    head = f"| what | who | {' | '.join(_STAGES.values())} |\n|{'---|' * (len(_STAGES) + 2)}\n"
    return head + "".join(rows)


def grounds_table() -> str:
    """The grounds that the delivered tables know, with the time limits of applications and where the goods are by them."""
    rows = []
    for ground in sorted(load_tables(CONFIG).grounds, key=lambda row: (row.kind, row.phases[::-1], row.name)):
        limit = f"{ground.days} days" if ground.days is not None else ""
        if ground.years is not None:
            limit = f"{ground.years} year{'s' if ground.years > 1 else ''}"
        when = ", ".join(phase.value.replace("_", " ") for phase in ground.phases)
        goods = f"`{ground.goods}`" if ground.goods is not None else ""
        rows.append(f"| `{ground.name}` | {ground.kind} | {when} | {limit} | {goods} | {ground.legal_basis} |\n")
    head = "| grounds | for | when | within | goods | legal basis |\n|---|---|---|---|---|---|\n"
    return head + "".join(rows)


def time_limits_table() -> str:
    """The time limits that the delivered tables know while goods are held: of what, from when, how long, and whose turn it is."""
    rows = []
    for row in sorted(load_tables(CONFIG).time_limits, key=lambda row: row.name):
        about = (*row.directions, *row.kinds, *row.declaration_types)
        cause = (*row.effects, *row.natures, *row.turns, *row.types)
        length = f"{row.period.number} {row.period.unit.replace('_', ' ')}"
        cells = (
            ", ".join(f"`{one}`" for one in about),
            f"previous procedure {', '.join(row.previous)}" if row.previous else "",
            ", ".join(f"`{one}`" for one in cause) or "whatever holds",
            f"`{row.first_day}`",
            length,
            f"`{row.turn}`" if row.turn is not None else "that of what holds",
            row.legal_basis,
        )
        rows.append(f"| `{row.name}` | {' | '.join(cells)} |\n")
    head = "| name | declarations | goods items | what holds | runs from | for | turn | legal basis |\n"
    return head + "|---|---|---|---|---|---|---|---|\n" + "".join(rows)


@cache
def examples() -> Mapping[str, Example]:
    """For each finding the golden case that tells of it with the least beside it, and its near misses."""
    edges: dict[str, list[Edge]] = {}
    for story in STORIES:
        for miss in near_misses(story):
            edge = Edge(why=miss.why, case=story, link=f"../../tests/cases/{story}/near.toml")
            edges.setdefault(miss.code, []).append(edge)
    found: dict[str, tuple[int, Example]] = {}
    for story in sorted(STORIES, key=len):
        findings = play(story).findings
        for finding in findings:
            if finding.code not in found or len(findings) < found[finding.code][0]:
                link = f"../../tests/cases/{story}/"
                there = tuple(edges.get(finding.code, ()))
                found[finding.code] = (len(findings), Example(finding=finding, case=story, link=link, edges=there))
    return {code: example for code, (_, example) in found.items()}


def _page(number: int) -> str:
    return chapter(number, load_tables(CONFIG), examples(), WORDS.term)


def coverage_table() -> str:
    """Every column of every table of the database, and how `gateway audit verify` covers it or why it need not."""
    rows = [
        f"| `{table.name}` | `{column}` | {how} |\n"
        for table in sorted(COVERAGE.values(), key=lambda one: one.name)
        for column, how in table.columns().items()
    ]
    rows += [f"| `{name}` | all | working state: {reason} |\n" for name, reason in sorted(WORKING.items())]
    return "| table | column | how it is covered |\n|---|---|---|\n" + "".join(rows)


def access_table() -> str:
    """Who may make which call, from the one table; and whether offices limit it."""
    words = catalogue().english.words
    head = f"| call | what | {' | '.join(words['role'][role.value] for role in Role)} | offices |\n"
    rows = (
        f"| `{call.value}` | {words['call'][call.value]} | "
        f"{' | '.join('yes' if role in WHO_MAY[call] else '' for role in Role)} | {OFFICE_REACH[call].value} |\n"
        for call in Call
    )
    return head + f"|{'---|' * (len(Role) + 3)}\n" + "".join(rows)


def conformance_table() -> str:
    """Every rule of the conformance kit: what it demands, and how an adapter that breaks it is mended."""
    return table_of(rules())


TABLES: Mapping[tuple[str, str], Callable[[], str]] = MappingProxyType(
    {
        ("docs/operators-install.md", "settings"): settings_table,
        ("docs/operators-size.md", "resources"): resources_table,
        ("docs/operators-watch.md", "metrics"): metrics_table,
        ("docs/customs.md", "formats"): formats_page.formats_table,
        ("docs/operators-watch.md", "lines"): log_lines.lines_table,
        ("docs/operators-watch.md", "spans"): log_lines.spans_table,
        ("docs/document-rows.md", "keys"): keys_table,
        ("docs/adapters-conformance.md", "conformance"): conformance_table,
        ("docs/access.md", "access"): access_table,
        ("docs/contract.md", "contract"): contract_page.page,
        ("docs/customs.md", "codes"): codes_table,
        ("docs/indicators.md", "counts"): indicators_page.counts_table,
        ("docs/indicators.md", "indicators"): indicators_page.indicators_table,
        ("docs/audit.md", "coverage"): coverage_table,
        ("docs/customs.md", "permission"): permission_table,
        ("docs/customs.md", "grounds"): grounds_table,
        ("docs/operators-configure.md", "time limits"): time_limits_table,
        ("docs/tried.md", "tried"): tried_table,
        ("docs/traders.md", "readers"): lambda: readers_table(load_tables(CONFIG)),
        ("docs/rules.md", "rates"): lambda: rates_table(load_tables(CONFIG)),
        ("docs/rules.md", "rules"): lambda: contents(load_tables(CONFIG), WORDS.term),
        **performance_page.TABLES,
        **sizing_page.TABLES,
        **authorities_page.TABLES,
        **decisions_page.TABLES,
        **{(f"docs/rules/{number:03}.md", CHAPTER): partial(_page, number) for number, _, _ in CHAPTERS},
    }
)


DELIVERED = ROOT / "gateway/dispatch/delivered.toml"


def delivered_list() -> str:
    """The adapters that are delivered with the gateway, and are tested here, with the digests of their files."""
    files = [file for name in ("manifest.toml", "authority.toml") for file in (ROOT / "adapters").glob(f"*/{name}")]
    packages = sorted(f"adapters.{file.parent.name}" for file in files)
    rows = "".join(f'"{name}" = "{digest_of(ROOT / name.replace(".", "/"))}"\n' for name in packages)
    return (
        "# The adapters that were tested and delivered with this gateway, each with the digest of its files: their code runs in the\n"
        "# loop, all other code beside it. Written by `python -m tests.house.generated`, never by hand.\n\n"
        f"[packages]\n{rows}"
    )


def between(page: str, name: str) -> re.Match[str]:
    """The part of a page between the markers of a table."""
    found = re.search(rf"(<!-- generated: {name} -->\n)(.*?)(<!-- end -->)", page, re.DOTALL)
    assert found, name
    return found


def write(page: str, name: str, table: str) -> None:
    """Writes a table between its markers on a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    place = between(text, name)
    (ROOT / page).write_text(text[: place.end(1)] + table + text[place.start(3) :], encoding="utf-8")


def main() -> None:
    """Writes the list of what is delivered, and every table into its page."""
    DELIVERED.write_text(delivered_list(), encoding="utf-8")
    for (page, name), table in TABLES.items():
        write(page, name, table())


if __name__ == "__main__":
    main()
