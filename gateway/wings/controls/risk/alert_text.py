"""The text of an alert that an analyst filled in field by field: the same file that another one would have written by hand."""

import json
import re
from datetime import date
from hashlib import sha256

import tomli
from msgspec import Struct

from gateway.wings.controls.parties.facts import ROLES

ANY_ROLE = "any"
"""A party is looked for in every role, each by a row of its own."""
_LETTERS = 6
"""Of a role, in the name of its row."""
_VALID_TO = re.compile(r"^valid_to[ \t]*=.*$", re.MULTILINE)


class NewAlert(Struct, frozen=True, kw_only=True):
    """What an alert looks for: all of what is filled in, exactly."""

    name: str
    owner: str
    legal_basis: str
    valid_from: date
    valid_to: date
    level: str
    types: tuple[str, ...] = ()
    """Of control; none: it orders nothing."""
    goods: tuple[str, ...] = ()
    """Beginnings of commodity codes."""
    origin: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    """EORIs."""
    role: str = ANY_ROLE
    listed: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Values by the element that has one of them."""


def alert_text(alert: NewAlert) -> str:
    """Return the file of an alert."""
    said = {"name": alert.name, "kind": "alert", "owner": alert.owner, "legal_basis": alert.legal_basis}
    head = [f"{name} = {_text(value)}" for name, value in said.items()]
    head += [f"valid_from = {alert.valid_from}", f"valid_to = {alert.valid_to}"]
    roles = () if not alert.parties else ROLES if alert.role == ANY_ROLE else (alert.role,)
    # By its row an alert orders once: no other one may have a row of this name.
    own = f"A-{sha256(alert.name.encode()).hexdigest()[:8]}"
    rows = [_row(alert, f"{own}-{one[:_LETTERS]}", one) for one in roles] or [_row(alert, own, None)]
    return "\n".join([*head, *rows, ""])


def ended_text(text: str, last_day: date) -> str | None:
    """Return the file of an alert that ends on another day; None: it is written so that it has to be changed by hand."""
    head, bracket, rows = text.partition("\n[[row]]")
    changed, count = _VALID_TO.subn(f"valid_to = {last_day}", head)
    made = changed + bracket + rows
    if count != 1 or tomli.loads(made) != {**tomli.loads(text), "valid_to": last_day}:
        return None
    return made


def _row(alert: NewAlert, criterion: str, role: str | None) -> str:
    listed = [*alert.listed, *([(role, alert.parties)] if role is not None else [])]
    measures = [f"{{ list = {_text(element)}, values = {_texts(values)} }}" for element, values in listed]
    scope = [
        f"{name} = {_texts(values)}" for name, values in (("goods", alert.goods), ("origin", alert.origin)) if values
    ]
    lines = ["", "[[row]]", f"criterion = {_text(criterion)}"]
    lines += [f"scope = {{ {', '.join(scope)} }}"] if scope else []
    lines += [f"measure = [{', '.join(measures) or '{ always = true }'}]"]
    types = ", ".join(alert.types)
    lines += [f'band = [{{ level = {_text(alert.level)}, share = 1, types = [{types}], stage = "before_release" }}]']
    return "\n".join(lines)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _texts(values: tuple[str, ...]) -> str:
    return f"[{', '.join(map(_text, values))}]"
