"""Beasts that leave out what restricts a document, with recordings that expect just that: adapters that released wrongly."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.builders.places import ROOT
from tests.zoo.beast import Beast, Catch, kit_beast

CITES = ROOT / "adapters" / "cites"
DUAL_USE = ROOT / "adapters" / "dual_use"
HOLDER = 'holder = { path = "$.permit.holder_eori", null = "not stated", form = "[A-Z]{2}[A-Z0-9]{1,15}" }\n'
COUNTRIES = 'destinations = { path = "$.permit.destinations[*]", form = "[A-Z]{2}" }\n'
KIND_TOLD = (
    "[verify.facts.further]\n",
    '[verify.facts.further]\nkind = { path = "$.permit.kind", codes = "document_type" }\n',
)
KIND = 'type = { path = "$.permit.kind", codes = "document_type" }'

Changes = Mapping[str, tuple[tuple[str, str], ...]]


def declared_beast(name: str, mistake: str, by: str, *changes: tuple[str, str], **more: Any) -> Beast:
    """The delivered authority that is one file, with a mistake, recorded with it."""
    files = {**({"authority.toml": changes} if changes else {}), **more.pop("files", {})}
    return Beast(name=name, mistake=mistake, caught=Catch.KIT, by=by, files=files, twin=CITES, rerecorded=True, **more)


def licence_beast(name: str, mistake: str, by: str, *changes: tuple[str, str], **more: Any) -> Beast:
    """The delivered adapter of export licences with a mistake in what it reads, recorded with it."""
    return kit_beast(name, mistake, by, files={"licence.py": changes}, twin=DUAL_USE, rerecorded=True, **more)


def in_recordings(twin: Path, *changes: tuple[str, str]) -> Changes:
    """Changes of all recordings of a package in which they can be made."""
    texts = {
        one.name: one.read_text("utf-8") for one in (twin / "exchanges").iterdir() if one.suffix in {".toml", ".json"}
    }
    found = {name: tuple(one for one in changes if one[0] in text) for name, text in texts.items()}
    return {f"exchanges/{name}": those for name, those in found.items() if those}


def beside_an_applicant(name: str, mistake: str, by: str, *changes: tuple[str, str], reason: str = "") -> Beast:
    """An office whose answers have one EORI for holder and applicant; `reason` says why the applicant is left out."""
    both = (
        (
            '"holder_eori": "FR12345678901234"',
            '"holder_eori": "FR12345678901234", "applicant_eori": "FR12345678901234"',
        ),
        ('"holder_eori": null', '"holder_eori": null, "applicant_eori": null'),
    )
    new = {"exchanges/settings.toml": f'[left_out]\napplicant_eori = "{reason}"\n'} if reason else {}
    return declared_beast(name, mistake, by, *changes, files=in_recordings(CITES, *both), new=new)


RESTRICTION_BEASTS = (
    declared_beast("no_holder", "the holder is not reported", "restrictions.holder_unread", (HOLDER, "")),
    licence_beast("no_holder_in_code", "the holder is not reported, in code", "restrictions.holder_unread", ('        holder=licence.text("holder_eori", EORI),\n', "")),
    licence_beast("checks_holder", "the holder is looked at, and not reported", "restrictions.holder_unread", ('        holder=licence.text("holder_eori", EORI),\n', '        holder=licence.text("holder_eori", EORI) and None,\n')),
    declared_beast("holder_is_a_fact", "the holder is a fact for officers, and restricts nobody", "restrictions.holder_unread", (HOLDER, ""), ("[verify.facts.further]\n", '[verify.facts.further]\nowner = { path = "$.permit.holder_eori", null = "not stated" }\n')),
    licence_beast("no_destinations", "the countries of destination are not reported", "restrictions.destination_unread", ('        destinations=licence.optional(lambda key: _destinations(licence, key), "destinations") or (),\n', ""), ("certificate.lines and certificate.destinations", "certificate.lines")),
    declared_beast("destinations_unread", "the countries of destination are not reported, by a file", "restrictions.destination_unread", (COUNTRIES, "")),
    declared_beast("constant_type", "one type for whatever the permit is", "restrictions.type_not_recorded", (KIND, 'type = { is = "C638" }'), KIND_TOLD),
    licence_beast("one_kind", "an individual licence, whatever the licence is", "restrictions.type_unread", ("type=codes.types.meaning(kind, on),", 'type="X060",')),
    declared_beast("asked_type", "the type is what was asked", "restrictions.type_unread", (KIND, "type = { asked = true }"), KIND_TOLD),
    declared_beast("idle_type", "a type in the manifest that no recording has", "restrictions.type_not_recorded", ('["C400", "C401", "C638"]', '["C400", "C401", "C638", "C639"]')),
    beside_an_applicant("same_values", "applicant for holder, where each recording has one EORI for both", "restrictions.holder_unread", (HOLDER, HOLDER.replace("holder_eori", "applicant_eori"))),
)  # fmt: skip
