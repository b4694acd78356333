"""The personal text of steps, as rows hold it so that it can be erased, and as events cite it."""

import secrets
from dataclasses import dataclass
from typing import Any

from msgspec import structs

from gateway.domain.events import Event
from gateway.domain.seals import SALT_BYTES, salted_digest
from gateway.store.rows import json_text


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalText:
    """The personal text of a step, with the salt of its digest; neither where there is none."""

    text: str | None = None
    salt: str | None = None
    reason: str | None = None
    """A reason in it, which events cite by a digest of its own, too."""


def personal_text(value: Any, *, reason: str | None = None) -> PersonalText:
    """Return a value as the personal text that a row holds, with a new salt."""
    return PersonalText(text=json_text(value), salt=new_salt(), reason=reason)


def new_salt() -> str:
    """Return a new random salt."""
    return secrets.token_hex(SALT_BYTES)


def digest_of(texts: PersonalText) -> str | None:
    """Return the salted digest of a personal text; None: there is none."""
    return salted_digest(texts.salt, texts.text) if texts.text is not None and texts.salt is not None else None


def citing(event: Event, texts: PersonalText) -> Event:
    """Return an event that cites a personal text by its salted digest."""
    digest = digest_of(texts)
    if digest is None or texts.salt is None:
        return event
    cited = {"words": digest}
    if texts.reason is not None:
        cited["reason"] = salted_digest(texts.salt, texts.reason)
    return structs.replace(event, body={**event.body, **cited})
