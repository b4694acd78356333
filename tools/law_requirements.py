"""`python -m tools.law_requirements FOLDER...`: requirements by act, written below config/requirements/ from facts of annexes of EU law.

FOLDER holds the facts as CSV, one file an act, a row for each commodity code that the act names (`law-annexes/README.md` in the
corpus says what stands in its columns); `law_requirements.toml` says which of them become which file. Rows that ask for the same
of the same countries become one requirement. What the facts say of a longer code goes before what they say of a shorter one.

The exit status is 1 where the facts contradict each other, or name a code that no combined nomenclature can have.
"""

import csv
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
_CONFIG = _HERE.parent / "config" / "requirements"
_CODE = re.compile(r"(?!00|77|98|99)\d{2,10}")
_TYPE = re.compile(r"[A-Z0-9]{4}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_COUNTRY = re.compile(r"[A-Z]{2}\b")
_HEAD = (
    "# Made by `python -m tools.law_requirements` of facts of the act's annexes, for want of TARIC: an administration's own rows stand\n"
    "# over these, and where a load of TARIC covers chapter and direction they end by themselves.\n"
)
_WIDTH = 180
_CHAPTERS = tuple(f"{chapter:02}" for chapter in range(1, 98) if chapter != 77)
"""All goods."""
_DATED_FROM = "2025-01-01"
_FEW = 3
"""Countries that a name can have."""


@dataclass(frozen=True, slots=True)
class Countries:
    """Countries that a measure names, or all but some."""

    only: tuple[str, ...] = ()
    excepted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for of goods, and of which: rows of facts that agree in this become one requirement."""

    effect: str
    """`hold`, `ban`, `tell`, or `none`: the act leaves the goods out."""
    directions: tuple[str, ...]
    origins: Countries
    destinations: Countries
    procedures: tuple[str, ...]
    all_of: tuple[tuple[str, ...], ...]
    valid_from: str
    valid_to: str
    subject: str = ""
    """What the act calls the goods, where its file tells that apart."""


@dataclass(slots=True)
class Requirement:
    """One requirement in the making."""

    asked: Asked
    measure: str = ""
    codes: set[str] = field(default_factory=set)
    excepted: set[str] = field(default_factory=set)
    places: dict[str, None] = field(default_factory=dict)
    acts: dict[str, None] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)


def main(folders: Sequence[str]) -> int:
    """Write the files; the status is 0 if the facts agree with each other."""
    spec = specification()
    faults: list[str] = []
    for one in spec["file"]:
        if one.get("later"):
            continue
        facts = next((path for folder in folders if (path := Path(folder) / f"{one['facts']}.csv").exists()), None)
        if facts is None:
            faults.append(f"{one['facts']}.csv stands in none of {', '.join(folders)}")
            continue
        with facts.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        found = requirements(rows, one, spec, faults)
        target = _CONFIG / one["file"]
        target.parent.mkdir(parents=True, exist_ok=True)
        rows_said = "".join(_row(table, row) for table in ("document", "statement") for row in one.get(table, ()))
        target.write_text(_HEAD + rows_said + "".join(written(each, one) for each in found), encoding="utf-8")
        sys.stdout.write(f"{one['file']}: {len(found)} requirements of {len(rows)} facts\n")
    sys.stderr.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


def specification() -> dict[str, Any]:
    """Return what the specifications beside this file say, that of restrictive measures too."""
    whole: dict[str, Any] = {"file": []}
    for path in sorted(_HERE.glob("law_requirements*.toml")):
        for name, said in tomllib.loads(path.read_text(encoding="utf-8")).items():
            whole[name] = [*whole["file"], *said] if name == "file" else {**whole.get(name, {}), **said}
    return whole


def requirements(
    facts: Iterable[Mapping[str, str]], one: Mapping[str, Any], spec: Mapping[str, Any], faults: list[str]
) -> list[Requirement]:
    """Return the requirements that the facts of an act come to."""
    rows, found = list(facts), dict[Asked, Requirement]()
    first = one.get("valid_from") or min((row["valid_from"] for row in rows if row["valid_from"]), default="")
    alternatives = one.get("alternatives_of")
    for row in rows:
        code = row["commodity"].strip()
        codes = set(one.get("codes", {}).get(code) or ([code] if code else _CHAPTERS))
        if code and not _CODE.fullmatch(code):
            faults.append(f"{one['facts']}.csv: {code!r} is no commodity code")
            continue
        if alternatives and row["documents"] != "none" and alternatives not in row["documents"]:
            continue  # it stands in for the document on some goods, as the file says itself
        if row.get("measure") in one.get("left_out", ()) or one.get("direction", row["direction"]) != row["direction"]:
            continue
        if not code.startswith(tuple(one.get("only_codes", ("",)))) or code.startswith(tuple(one.get("not_codes", ()))):
            continue
        for asked in _asked(row, one, spec, first):
            made = found.setdefault(asked, Requirement(asked))
            made.codes |= {row["today"]} if _is_old(row) and _CODE.fullmatch(row.get("today") or "") else codes
            made.excepted.update(_CODE.findall(row.get("excepted") or ""))
            made.places[row["place"]] = made.acts[row["act"]] = None
            made.read.add(row["read"])
            made.texts.add(row["text_date"])
    out = [each for each in found.values() if each.asked.effect == "none"]
    kept = [each for each in found.values() if each.asked.effect != "none"]
    for each in kept:
        _leave_out(each, kept, out)
        _leave_banned(each, kept, one.get("banned_elsewhere", ()))
    kept = [each for each in kept if each.codes]
    _name(kept, one)
    return [part for each in kept for part in _in_time(each, one.get("ends", {}))]


def _in_time(one: Requirement, ends: Mapping[str, str]) -> Iterator[Requirement]:
    """Return a requirement once for the days on which all of its codes hold, and once for those after the end of some."""
    asked = one.asked
    ended = {
        kind: date.fromisoformat(day) for kind, day in ends.items() if any(kind in group for group in asked.all_of)
    }
    if not ended:
        yield one
        return
    last = min(ended.values())
    left = tuple(tuple(kind for kind in group if kind not in ended) for group in asked.all_of)
    if asked.valid_from <= last.isoformat():
        yield replace(one, asked=replace(asked, valid_to=last.isoformat()))
    follows = max(asked.valid_from, (last + timedelta(days=1)).isoformat())
    yield replace(one, asked=replace(asked, all_of=left, valid_from=follows))


def _is_old(row: Mapping[str, str]) -> bool:
    return row.get("in_cn_2023") == "no"


def _asked(row: Mapping[str, str], one: Mapping[str, Any], spec: Mapping[str, Any], first: str) -> Iterator[Asked]:
    effect = _effect(row, one, spec)
    groups = tuple(_groups(row, one))
    if effect == "skip" or (effect in {"tell", "hold"} and not groups):
        return
    dated_from = "" if one.get("own_days") else _DATED_FROM
    origins, destinations = _countries(row["origin"], spec), _countries(row.get("destination") or "", spec)
    for directions in _apart(tuple(row["direction"].split()), origins, destinations):
        exported = "export" in directions
        yield Asked(
            effect=effect,
            directions=directions,
            origins=Countries() if exported and destinations != Countries() else origins,
            destinations=destinations if exported else Countries(),
            procedures=_procedures(row["procedures"].split(), directions, spec["procedures"], one.get("not_under", ())),
            all_of=() if effect == "none" else (*groups, *_more(groups, effect, directions, one)),
            # Facts give the day of the version that was read: what came before the last years counts from the act's first day.
            valid_from=row["valid_from"] if row["valid_from"] >= dated_from else first or dated_from,
            valid_to=row["valid_to"],
            subject=row["measure"] if one.get("by_subject") and effect != "none" else "",
        )


def _apart(directions: tuple[str, ...], origins: Countries, destinations: Countries) -> Iterator[tuple[str, ...]]:
    """Yield the directions together; export by itself where the origin tells on entry what the destination tells on exit."""
    if "export" not in directions or Countries() in {origins, destinations}:
        yield directions
        return
    yield ("export",)
    if others := tuple(one for one in directions if one != "export"):
        yield others


def _effect(row: Mapping[str, str], one: Mapping[str, Any], spec: Mapping[str, Any]) -> str:
    """Return what a fact comes to: what all goods of a code need holds; part of a code is asked for if that was read in the law."""
    if row["documents"] == "none" and not row.get("effect"):
        return "none" if row["scope"] == "all" and row["read"] == "L" else "skip"
    named = row["commodity"].startswith(tuple(spec["named"].get(one["facts"], ())) or ("-",))
    read = row["read"] == "L"
    said = row.get("effect")
    if said is not None:
        return {"require": "hold", "ban": "ban", "ask": "hold" if read or named else "tell", "note": "tell"}.get(
            said, "skip"
        )
    if row["documents"] in {"none known", "prohibited"}:
        return "skip"
    if row["scope"] == "all":
        return "hold"
    return "hold" if named or (read and (row["weight"] == "most" or (row["waivers"] and not row["weight"]))) else "tell"


def _groups(row: Mapping[str, str], one: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield the groups of codes, one of each of which has to be declared."""
    fish = tuple(one.get("fish", ("-",)))
    for_some = "" if row["commodity"].startswith(fish) else one.get("only_for", {}).get("type")
    waivers = [kind for kind in row["waivers"].split() if kind != for_some]
    waivers += one.get("also", {}).get(row.get("measure", ""), ())
    waivers += one.get("also_for_goods", {}).get(row["commodity"], ())
    documents = row["documents"]
    if "+" in documents:
        together, _, instead = documents.partition(";")
        for kind in together.split("+"):
            yield (kind.strip(), *_TYPE.findall(instead), *waivers)
        return
    every = dict.fromkeys([*_TYPE.findall(documents if documents.isupper() else ""), *waivers])
    if found := tuple(kind for kind in every if kind not in one.get("without", ())):
        yield found


def _more(
    groups: Sequence[tuple[str, ...]], effect: str, directions: Sequence[str], one: Mapping[str, Any]
) -> Iterator[tuple[str, ...]]:
    """Yield the groups that go with a document by the file itself: figures and registrations beside a licence."""
    for said in one.get("besides", ()) if effect == "hold" else ():
        if said["of"] in groups[0] and ("direction" not in said or said["direction"] in directions):
            waivers = [kind for kind in groups[0] if kind in said["waivers"]]
            yield from ((*group, *waivers) for group in said["all_of"])


def _countries(said: str, spec: Mapping[str, Any]) -> Countries:
    said = said.strip()
    if said in spec["countries"]:
        named = spec["countries"][said]
        return Countries(tuple(named.get("only", ())), tuple(named.get("except", ())))
    if not said or said.startswith(("all", "participants", "listed")):
        return Countries()
    text = said.split(";")[0].split(",")[0].split("(")[0]
    codes = tuple(_COUNTRY.findall(text))
    return Countries(excepted=codes) if text.startswith("except") else Countries(only=codes)


def _procedures(
    said: Sequence[str], directions: Sequence[str], letters: Mapping[str, Sequence[str]], but: Sequence[str]
) -> tuple[str, ...]:
    """Return the requested procedures, but some; none where those that are named are all of the directions'."""
    named = {one for word in said for one in letters.get(word, (word,))}.difference(but)
    every = {
        one
        for letter, direction in (("F", "import"), ("S", "import"), ("X", "export"))
        if direction in directions
        for one in letters[letter]
    }
    return () if every <= named or "transit" in directions else tuple(sorted(named & every))


def _leave_out(one: Requirement, others: Sequence[Requirement], out: Sequence[Requirement]) -> None:
    """Leave out what the act does not name, and what it says more closely of a longer code for the same countries."""
    for each in out:
        one.codes -= each.codes
        one.excepted |= _longer(one.codes, each.codes)
    for each in others:
        same = (each.asked.origins, each.asked.destinations) == (one.asked.origins, one.asked.destinations)
        if each is one or not same or not set(each.asked.directions) & set(one.asked.directions):
            continue
        if each.asked.effect == "tell" and one.asked.effect != "tell":
            one.excepted |= _longer(one.codes, each.codes)
        if one.asked.effect == "tell" and each.asked.effect != "tell":
            one.codes -= each.codes
            one.excepted |= _longer(one.codes, each.codes)
    one.codes = {code for code in one.codes if not any(code != short and code.startswith(short) for short in one.codes)}
    one.excepted = {
        code for code in one.excepted if not any(code != short and code.startswith(short) for short in one.excepted)
    }


def _leave_banned(one: Requirement, others: Sequence[Requirement], lists: Sequence[str]) -> None:
    """Leave out what a ban asks for already: of one subject, and of `lists` altogether, which ban nothing that others do not."""
    for each in others:
        if each is one or each.asked.effect != "ban" or each.asked.directions != one.asked.directions:
            continue
        again = one.asked.subject in lists and each.asked.subject not in lists
        same = one.asked.effect == "hold" and one.asked.subject != "" and each.asked.subject == one.asked.subject
        if again or same:
            one.codes = {code for code in one.codes if not code.startswith(tuple(each.codes))}
            one.excepted |= _longer(one.codes, each.codes)


def _longer(codes: Iterable[str], others: Iterable[str]) -> set[str]:
    shorter = tuple(codes)
    return {other for other in others if other.startswith(shorter) and other not in shorter}


def _name(found: Sequence[Requirement], file: Mapping[str, Any]) -> None:
    """Name each by what sets it apart from the others of its act."""
    taken: set[str] = set()
    for one in sorted(found, key=lambda one: (one.asked.effect == "tell", -len(one.codes), sorted(one.codes))):
        asked = one.asked
        name = _named(one, file)
        parts = []
        if not asked.subject and 0 < len(asked.origins.only) <= _FEW:
            parts.append(" ".join(asked.origins.only))
        if not asked.subject and 0 < len(asked.destinations.only) <= _FEW:
            parts.append(" ".join(asked.destinations.only))
        if asked.directions == ("export",) and not asked.subject:
            parts.append("export")
        if asked.effect == "tell":
            parts.append("some goods")
        whole = ": ".join((name, *([", ".join(parts)] if parts else [])))
        one.measure, number = whole, 1
        while one.measure in taken:
            number += 1
            one.measure = f"{whole}, {number}" if parts else f"{whole}: {number}"
        taken.add(one.measure)


def _named(one: Requirement, file: Mapping[str, Any]) -> str:
    names = file.get("names", {})
    kinds = " ".join(one.asked.all_of[0]) if one.asked.all_of else ""
    first = min(one.codes)
    name: str = names.get(f"{kinds} {first}") or names.get(kinds) or file["measure"]
    return f"{name}: {one.asked.subject}" if one.asked.subject else name


def _row(table: str, row: Mapping[str, Any]) -> str:
    """Write a row that the file says of itself: a document or statement that its measures name."""
    lines = ["", f"[[{table}]]"]
    for name, value in row.items():
        if isinstance(value, list):
            lines += _listed(name, value)
        elif isinstance(value, bool):
            lines.append(f"{name} = {str(value).lower()}")
        else:
            lines.append(f"{name} = {_text(value) if isinstance(value, str) else value}")
    return "\n".join(lines) + "\n"


def written(one: Requirement, file: Mapping[str, Any]) -> str:
    """Write a requirement as a row of its file."""
    asked = one.asked
    fish = bool(file.get("fish")) and any(code.startswith(tuple(file["fish"])) for code in one.codes)
    lines = ["", "[[requirement]]", f"measure = {_text(one.measure)}", *_listed("commodities", sorted(one.codes))]
    lines += _listed("excepted", sorted(one.excepted))
    lines += _listed("directions", asked.directions)
    lines += _listed("procedures", asked.procedures)
    lines += _listed("excepted_additional_procedures", file.get("excepted_additional_procedures", ()))
    if file.get("at_entry") and "transit" in asked.directions:
        lines.append("at_entry = true")
    lines += _listed("origins", asked.origins.only)
    lines += _listed("excepted_origins", (*asked.origins.excepted, *file.get("excepted_origins", ())))
    lines += _listed("destinations", asked.destinations.only)
    lines += _listed("excepted_destinations", asked.destinations.excepted)
    lines.append("all_of = [" + ", ".join(_list(group) for group in asked.all_of) + "]")
    if asked.effect == "ban":
        lines.append("banned = true")
    if asked.effect == "tell":
        lines.append("only_told = true")
    alternatives, limited = list(file.get("alternatives", ())), file.get("fish_limits" if fish else "limits", ())
    if not fish and (only := file.get("only_for")):
        within = [code for code in only["commodities"] if code.startswith(tuple(one.codes))]
        alternatives += [{"to": only["to"], "types": [only["type"]], "commodities": within}] if within else []
        limited = file["limits"] if within else ()
    if alternatives:
        lines.append("alternatives = [" + ", ".join(_alternative(each) for each in alternatives) + "]")
    if limited and asked.effect != "tell":
        lines.append(
            "limits = ["
            + ", ".join(f'{{ types = {_list(x["types"])}, net_mass = "{x["net_mass"]}" }}' for x in limited)
            + "]"
        )
    places = sorted({_place(place) for place in one.places})
    basis = "; ".join(one.acts) + (f", {'; '.join(places)}" if len(places) <= _FEW else "")
    lines.append(f"legal_basis = {_text(file.get('legal_basis', basis))}")
    lines.append(f"valid_from = {asked.valid_from}")
    if asked.valid_to:
        lines.append(f"valid_to = {asked.valid_to}")
    marks = {"L": "read", "M": "assumed", "A": "assumed"}
    how = " and in part ".join(sorted({marks[mark] for mark in one.read}))
    lines.append(f"source = {_text(f'derived; {how}; {_version(one.texts)}')}")
    return "\n".join(lines) + "\n"


def _alternative(said: Mapping[str, Any]) -> str:
    return f'{{ to = "{said["to"]}", types = {_list(said["types"])}, commodities = {_list(said["commodities"])} }}'


def _version(texts: Iterable[str]) -> str:
    """Say which version of the act was read, by its newest date; else in the facts' first words."""
    dated = sorted(day for text in texts for day in _DAY.findall(text))
    return f"text of {dated[-1]}" if dated else re.split(r"[;(,]", min(texts, default="text unknown"))[0].strip()


def _place(place: str) -> str:
    return re.split(r", point|, tier| \(", place)[0]


def _text(said: str) -> str:
    return '"' + said.replace("\\", "\\\\").replace('"', "'") + '"'


def _list(values: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{one}"' for one in values) + "]"


def _listed(name: str, values: Sequence[str]) -> list[str]:
    if not values:
        return []
    line = f"{name} = {_list(values)}"
    if len(line) <= _WIDTH:
        return [line]
    lines, row = [f"{name} = ["], "   "
    for value in values:
        if len(row) + len(value) + 4 > _WIDTH:
            lines.append(row)
            row = "   "
        row += f' "{value}",'
    return [*lines, row, "]"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
