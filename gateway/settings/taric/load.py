"""Loading of files of TARIC, whatever their format, into the parts of a set of tables."""

from codecs import BOM_UTF8
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.rows import Codes
from gateway.domain.tables.taric import CheckContent, MeasureContent, TaricCoverage, prefix
from gateway.settings.taric.answers import TariffAnswer
from gateway.settings.taric.areas import areas_of, countries_of
from gateway.settings.taric.conditions_csv import ConditionsCsv
from gateway.settings.taric.extraction import Extraction, TaricFile
from gateway.settings.taric.interpretation import AskedByTaric, Interpretation, Interpreted, asked_with
from gateway.settings.taric.nomenclature import NomenclatureLines
from gateway.settings.taric.parts import TaricManifest, common_text, digest_of, part_text
from gateway.settings.taric.report import Report
from gateway.settings.taric.units import GoodsUnit
from gateway.settings.taric.vocabulary import CodeMeanings
from gateway.settings.taric.xml import TaricXml, is_taric_xml

Reader: TypeAlias = "TaricXml | TariffAnswer | ConditionsCsv"
Progress = Callable[[str, int, int], None]
"""Is called with the file, the records and the bytes that were read so far."""
_SEQUENCE = 4
"""Digits of an envelope's number within its year: yynnnn."""
_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedTaric:
    """The result of loading: the parts, and what became of the records."""

    manifest: TaricManifest
    texts: Mapping[str, bytes]
    """Parts by digest."""
    asked: tuple[AskedByTaric, ...]
    """What measures ask or compare, each with the first day on which one does."""
    report: Report
    files: tuple[TaricFile, ...]
    """Those of this load."""
    unread: Codes
    """Columns of CSV files that are not read."""
    units: tuple[GoodsUnit, ...]
    """The supplementary units that measures name."""
    year_ends: Mapping[str, str]
    """By file of this load a sentence: before it a year ended, so that nobody can tell whether files are missing."""


def reader_of(
    path: Path,
    meanings: CodeMeanings,
    *,
    since: date | None,
    asked: date,
    every: Callable[[int, int], None],
    begun: Callable[[TaricFile], None],
) -> Reader:
    """Return the reader of a file, by what stands in it.

    Raises:
        ConfigurationError: it cannot be read, or is in none of the formats.
    """
    try:
        with path.open("rb") as file:
            first = file.read(4096)
    except OSError as error:
        raise ConfigurationError((f"{path.name}: cannot be read: {error.strerror}",)) from error
    first = first.removeprefix(BOM_UTF8).lstrip()
    if is_taric_xml(first):
        return TaricXml(path, every=every, begun=begun)
    if first.startswith((b"{", b"[")):
        return TariffAnswer(path, meanings, asked=asked)
    if first.startswith(b"<"):
        raise ConfigurationError((f"{path.name}: is XML, and no envelope of TARIC3",))
    return ConditionsCsv(path, since=since)


def load_files(
    extraction: Extraction,
    paths: Sequence[Path],
    meanings: CodeMeanings,
    *,
    countries: Collection[str],
    since: date | None,
    as_of: date,
    update: bool,
    whole: bool = False,
    progress: Progress = lambda name, records, read: None,
) -> LoadedTaric:
    """Apply files to an extraction, all of them or none, and make its parts.

    `countries` are the codes of countries that are known beside those of the files. With `update` they follow those applied before. `whole` states that they hold all measures of TARIC.

    Raises:
        ConfigurationError: with the faults of the first file that has any; then nothing is applied.
    """
    if update and whole:
        raise ConfigurationError(
            ("--whole: a daily file never holds all measures; the full extraction was stated to, or not",)
        )
    loaded: list[TaricFile] = []
    unread: dict[str, None] = {}
    report = Report()
    with extraction.applying():
        for path in paths:
            reader = reader_of(
                path,
                meanings,
                since=since,
                asked=as_of,
                every=partial(progress, path.name),
                begun=partial(
                    _must_follow, before=extraction.files, follows=update or any(one.envelope for one in loaded)
                ),
            )
            if not isinstance(reader, TaricXml):
                _must_be_new(reader.file, extraction.files)
            reader.file.whole = whole
            extraction.apply(reader.file, reader.records())
            loaded.append(reader.file)
            if isinstance(reader, ConditionsCsv):
                unread |= dict.fromkeys(reader.unread)
            elif isinstance(reader, TariffAnswer) and reader.uncovered:
                report.note(reader.uncovered, path.name)
        extraction.check()
        found = _interpreted(extraction, meanings, countries, since, as_of, tuple(loaded), tuple(unread), report)
        if whole and not found.manifest.coverage.measures:
            raise ConfigurationError(
                ("--whole: the files hold no measure that is judged, so they are not all of TARIC",)
            )
        return found


def _must_be_new(file: TaricFile, before: Sequence[TaricFile]) -> None:
    if any(file.digest == one.digest for one in before):
        raise ConfigurationError((f"{file.name}: was applied before; nothing was changed",))


def _must_follow(file: TaricFile, before: Sequence[TaricFile], *, follows: bool) -> None:
    """Raise unless an envelope is the next one, or the first: they are numbered in each year, as in 260001.

    Only the first one of a command without `--update` follows none: the others stand after it in the order in which they are named.
    """
    if any(file.envelope and file.envelope == one.envelope for one in before):
        raise ConfigurationError(
            (f"{file.name}: its envelope {file.envelope[:_SHOWN]} was applied before; nothing was changed",)
        )
    if not follows:
        return
    last = next((one.envelope for one in reversed(before) if one.envelope), "")
    if not last.isdigit() or not file.envelope.isdigit() or len(last) <= _SEQUENCE or len(file.envelope) <= _SEQUENCE:
        fault = f"{file.name}: whether its envelope {file.envelope[:_SHOWN]!r} follows {last[:_SHOWN]!r} cannot be told: both are to be numbered as in 260001"
        raise ConfigurationError((fault,))
    year = int(last) // 10**_SEQUENCE
    if int(file.envelope) not in (int(last) + 1, (year + 1) * 10**_SEQUENCE + 1):
        why = "a file between them is missing" if int(file.envelope) > int(last) else "it is out of order"
        raise ConfigurationError(
            (f"{file.name}: its envelope {file.envelope} does not follow {last}, the last one applied: {why}",)
        )


def _year_ends(files: Sequence[TaricFile]) -> Mapping[str, str]:
    """Return by file a sentence about each end of a year among daily files: how many files a year had, none of them says."""
    numbered = [one for one in files if one.envelope.isdigit() and len(one.envelope) > _SEQUENCE]
    return {
        after.name: f"whether files between {before.envelope} and {after.envelope} are missing, cannot be told: a year ended"
        for before, after in pairwise(numbered)
        if int(after.envelope) // 10**_SEQUENCE > int(before.envelope) // 10**_SEQUENCE
    }


def _interpreted(
    extraction: Extraction,
    meanings: CodeMeanings,
    countries: Collection[str],
    since: date | None,
    as_of: date,
    loaded: tuple[TaricFile, ...],
    unread: Codes,
    report: Report,
) -> LoadedTaric:
    ends = _year_ends(extraction.files)
    for name, sentence in ends.items():
        report.note(sentence, name)
    areas = areas_of(extraction, meanings, report)
    excluded = _excluded(extraction)
    interpretation = Interpretation(
        extraction,
        meanings,
        areas=areas,
        countries=countries_of(extraction, countries),
        excluded=excluded,
        since=since,
        report=report,
    )
    chapters: dict[str, list[Interpreted]] = defaultdict(list)
    asked: dict[MeasureContent | CheckContent, AskedByTaric] = {}
    numbers: set[int] = set()
    nomenclature = NomenclatureLines(extraction, report)
    for measure in interpretation.measures():
        numbers.add(measure.line.sid)
        for one in nomenclature.on_goods(measure):
            chapters[str(one.line.goods)[:2]].append(one)
            asked[one.content] = asked_with(asked.get(one.content), one)
    units = tuple(
        GoodsUnit(prefix(int(one.line.goods)), unit, one.valid_from, one.valid_to, one.line.place)
        for measure, unit in interpretation.units
        for one in nomenclature.on_goods(measure)
        if one.line.goods and not (isinstance(one.content, MeasureContent) and one.content.by_officer)
    )
    texts = {chapter: part_text(chapter, found, excluded) for chapter, found in sorted(chapters.items())}
    common = common_text(areas, _certificates(extraction), _additional_codes(extraction), interpretation.unknown_areas)
    manifest = TaricManifest(
        coverage=TaricCoverage(
            sources=tuple(f"{one.name} ({one.digest})" for one in extraction.files),
            as_of=as_of,
            measures=len(numbers),
            left_out=report.of(by_officer=False),
            by_officer=report.of(by_officer=True),
            since=since,
            unjudged=tuple(sorted(interpretation.unjudged | nomenclature.unknown)),
            whole=any(one.whole for one in extraction.files),
            goods=tuple(sorted({prefix(int(one.goods)) for one in extraction.files if one.goods})),
            asked={prefix(int(one.goods)): date.fromisoformat(one.asked) for one in extraction.files if one.goods},
        ),
        parts={chapter: digest_of(text) for chapter, text in texts.items()},
        common=digest_of(common),
    )
    return LoadedTaric(
        manifest=manifest,
        texts={digest_of(text): text for text in (*texts.values(), common)},
        asked=tuple(asked.values()),
        report=report,
        files=loaded,
        unread=unread,
        units=units,
        year_ends={one.name: ends[one.name] for one in loaded if one.name in ends},
    )


def _excluded(extraction: Extraction) -> Mapping[int, Codes]:
    """Return the areas that each measure leaves out, in their order."""
    found: dict[int, list[str]] = defaultdict(list)
    for measure, area in extraction.rows("SELECT measure, area FROM exclusion ORDER BY measure, area"):
        found[measure].append(area)
    return {measure: tuple(areas) for measure, areas in found.items()}


def _additional_codes(extraction: Extraction) -> set[str]:
    return {code for (code,) in extraction.rows("SELECT DISTINCT additional_code FROM measure") if code}


def _certificates(extraction: Extraction) -> set[str]:
    named = "SELECT code FROM certificate UNION SELECT certificate FROM condition WHERE certificate IS NOT NULL"
    return {code for (code,) in extraction.rows(named)}
