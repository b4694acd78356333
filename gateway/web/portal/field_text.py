"""Texts typed into the fields of a declaration: as a message has them, and what is wrong with them in words."""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from gateway.web.console.act_form import ActForm
from gateway.web.visit import Visit

NUMBERS = frozenset(
    {"quantity", "net_mass", "supplementary_units", "amount", "statistical_value", "gross_mass", "invoiced"}
)
"""The fields that have a number."""
_CAPITALS = frozenset(
    {
        "type",
        "unit",
        "currency",
        "origin",
        "country_of_dispatch",
        "country_of_destination",
        "additional_codes",
        "additional_procedures",
        "additional_type",
        "presentation_office",
        "customs_office",
        "importer",
        "exporter",
        "representative",
        "holder",
        "invoice_currency",
    }
)
_DIGITS = frozenset({"commodity_code", "requested_procedure", "previous_procedure"})
"""The fields whose digits people write with blanks and points between them."""
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Kinds of characters that nobody sees, right-to-left marks among them: nobody types them into such a field on purpose."""
_PARTY = "[A-Z]{2}[!-~]{1,15}"
_FORMS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        name: re.compile(pattern, re.ASCII)
        for name, pattern in {
            "type": "[A-Z0-9]{4}",
            "unit": "[A-Z0-9]{2,4}",
            "currency": "[A-Z]{3}",
            "origin": "[A-Z]{2}",
            "country_of_dispatch": "[A-Z]{2}",
            "country_of_destination": "[A-Z]{2}",
            "commodity_code": "[0-9]{6}(?:[0-9]{2}){0,2}",
            "requested_procedure": "[0-9]{2}",
            "previous_procedure": "[0-9]{2}",
            "additional_codes": "[A-Z0-9]{4}(?: [A-Z0-9]{4})*",
            "additional_procedures": "[A-Z0-9]{3}(?: [A-Z0-9]{3})*",
            "additional_type": "[A-Z]",
            "presentation_office": "[A-Z]{2}[A-Z0-9]{6}",
            "customs_office": "[A-Z]{2}[A-Z0-9]{6}",
            "importer": _PARTY,
            "exporter": _PARTY,
            "representative": _PARTY,
            "holder": _PARTY,
            "invoice_currency": "[A-Z]{3}",
            "line": "[0-9]{1,5}",
        }.items()
    }
)
"""The forms of fields, as the native schema has them; each has a text `editing.form_...`."""


def message_text(words: ActForm, name: str, field: str, text: str) -> str:
    """Return the typed text as the message is to have it: a number by the signs of the page's language, a code as codes are written."""
    if name in NUMBERS and text:
        amount = words.amount(field)
        return text if amount is None else f"{amount:f}"
    if name in _DIGITS:
        return "".join(one for one in text if one not in " .\u00a0\u202f")
    return " ".join(text.upper().split()) if name in _CAPITALS else text


def text_fault(visit: Visit, name: str, text: str) -> str:
    """Return what is wrong with a text, with the form that is wanted; empty: nothing, or it is no text that has a form."""
    label = visit.text(f"editing.field_{name}")
    if any(one in "<>" or unicodedata.category(one) in _UNSEEN for one in text) and name not in NUMBERS:
        return visit.text("editing.marks", field=label)
    form = _FORMS.get(name)
    if text and form is not None and form.fullmatch(text) is None:
        return visit.text("editing.form", field=label, form=visit.text(f"editing.form_{name}"))
    return ""
