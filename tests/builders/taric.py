"""Files of TARIC, and what becomes of them when they are loaded."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from gateway.domain.tables.goods import Goods
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.required import TaricRequirement
from gateway.settings.tables.content import with_taric
from gateway.settings.taric import Extraction, LoadedTaric, load_files, read_meanings, read_taric
from gateway.settings.taric.records import Update
from gateway.settings.taric.xml import ENVELOPE, MESSAGE
from tests.builders.places import CONFIG
from tests.builders.story import ordinary, shipped

MEANINGS = read_meanings(CONFIG / "taric")
AS_OF = date(2026, 11, 1)
COUNTRIES = {code for row in shipped().countries for code in row.countries}

Record = tuple[str, Mapping[str, object]]
"""The element of a record and the texts below it."""


def envelope(number: str, *records: Record, update: Update = Update.INSERT) -> str:
    """Gives a file of TARIC3 with these records, each in a message of its own."""
    messages = []
    for sequence, (kind, values) in enumerate(records, 1):
        of_record = values.get("update", update)
        assert isinstance(of_record, Update)
        body = "".join(f"<{name}>{value}</{name}>" for name, value in values.items() if name != "update")
        messages.append(
            f'<env:app.message id="{sequence}"><transmission xmlns="{MESSAGE}"><record><transaction.id>1</transaction.id>'
            f"<record.code>430</record.code><subrecord.code>00</subrecord.code>"
            f"<record.sequence.number>{sequence}</record.sequence.number><update.type>{of_record.value}</update.type>"
            f"<{kind}>{body}</{kind}></record></transmission></env:app.message>"
        )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<env:envelope xmlns:env="{ENVELOPE}" id="{number}">\n'
        f'<env:transaction id="1">{"".join(messages)}</env:transaction>\n</env:envelope>\n'
    )


def measure(sid: int, kind: str, goods: str, area: str = "1011", **more: object) -> Record:
    """Gives a measure since 2020."""
    values = {
        "measure.sid": sid, "measure.type": kind, "geographical.area": area, "goods.nomenclature.item.id": goods,
        "validity.start.date": "2020-01-01", "measure.generating.regulation.role": 1,
        "measure.generating.regulation.id": "R1700750", "stopped.flag": 0,
    }  # fmt: skip
    return "measure", values | {name.replace("__", "."): value for name, value in more.items()}


def condition(sid: int, of: int, code: str, certificate: str = "", action: str = "29", **more: object) -> Record:
    """Gives a condition of a measure; without a certificate the document codes are left out."""
    values: dict[str, object] = {
        "measure.condition.sid": sid, "measure.sid": of, "condition.code": code, "component.sequence.number": sid,
    }  # fmt: skip
    values |= {name.replace("__", "."): value for name, value in more.items()}
    values |= {"action.code": action} if action else {}
    if certificate:
        values |= {"certificate.type.code": certificate[0], "certificate.code": certificate[1:]}
    return "measure.condition", values


def limit(sid: int, of: int, code: str, amount: str, unit: str = "KGM", **more: object) -> Record:
    """Gives a condition that allows up to an amount."""
    return condition(
        sid, of, code, "", "29", condition__duty__amount=amount, condition__measurement__unit__code=unit, **more
    )


def load(
    home: Path, *files: Path, update: bool = False, since: date | None = None, whole: bool = False, as_of: date = AS_OF
) -> LoadedTaric:
    """Loads files into the records in a folder."""
    home.mkdir(exist_ok=True)
    extraction = Extraction(home / "records.sqlite")
    try:
        return load_files(
            extraction, files, MEANINGS, countries=COUNTRIES, since=since, as_of=as_of, update=update, whole=whole
        )
    finally:
        extraction.close()


def loaded(
    tmp_path: Path, text: str, *, name: str = "extract.csv", since: date | None = None, whole: bool = False
) -> LoadedTaric:
    """Loads one file with this text."""
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return load(tmp_path / "home", file, since=since, whole=whole)


def tables_of(found: LoadedTaric, *, beside: Tables | None = None) -> Tables:
    """Gives the delivered tables with a load beside them."""
    return with_taric(ordinary() if beside is None else beside, read_taric(found.manifest, found.texts))


def measures_of(found: LoadedTaric, day: date = AS_OF) -> tuple[TaricRequirement, ...]:
    """Gives all measures in force on a day, by goods."""
    taric = read_taric(found.manifest, found.texts)
    chapters = sorted(taric.parts)
    return tuple(
        row
        for chapter in chapters
        for rows in (taric.measures(chapter, day), taric.finer_measures(chapter, day))
        for row in rows
    )


def on(tables: Tables, goods: Goods, day: date = AS_OF) -> tuple[TaricRequirement, ...]:
    """Gives the measures of TARIC that goods come under on a day."""
    return only_taric(tables.at(day).measures(goods))


def only_taric(rows: Iterable[object]) -> tuple[TaricRequirement, ...]:
    """Leaves out rows of files."""
    return tuple(row for row in rows if isinstance(row, TaricRequirement))
