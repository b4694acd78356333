"""A declaration that somebody sends as a file: read from the form, and what is wrong with it told beside its lines."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from gateway.domain.errors import (
    CallInvalid,
    Conflict,
    DeclarationRefused,
    ForbiddenMarkup,
    GatewayError,
    NotAllowed,
    Resubmitted,
    Unreadable,
    UnsupportedFormat,
    VersionOutOfOrder,
)
from gateway.web.form_with_file import CONTENT, NAME, SentFile
from gateway.web.portal.file_lines import Remark, file_lines
from gateway.web.visit import Visit

_FAULTS = 200
_SAYS: Sequence[tuple[type[GatewayError], str]] = (
    (ForbiddenMarkup, "markup"),
    (Unreadable, "unreadable"),
    (UnsupportedFormat, "format"),
    (NotAllowed, "not_yours"),
    (VersionOutOfOrder, "version"),
    (Resubmitted, "version"),
    (Conflict, "conflict"),
    (CallInvalid, "not_whole"),
)


class SentDeclaration(SentFile):
    """A file with its name as it is shown."""


def sent_declaration(visit: Visit) -> SentDeclaration | None:
    """Return the file that a form brought, or carries along; None: there is none."""
    file = visit.file
    if file is None and visit.form.get(CONTENT):
        try:
            content = base64.b64decode(visit.form[CONTENT], validate=True)
        except (binascii.Error, ValueError):
            raise CallInvalid("The form cannot be read.") from None
        file = SentFile(name=visit.form.get(NAME, ""), content=content)
    if file is None:
        return None
    return SentDeclaration(name=file.own_name or visit.text("preflight.your_file"), content=file.content)


def refused_page(visit: Visit, template: str, sent: SentDeclaration, error: GatewayError, **values: Any) -> Response:
    """Return the page of a file that cannot be taken: every fault in a summary, and beside its line."""
    wording = visit.web.cases.wording([visit.language])
    # What a parser says of a file that is no message at all helps nobody.
    other = _is_other(sent.content) if isinstance(error, Unreadable) else ""
    found = [] if other else wording.violations(error.violations)
    remarks = [
        Remark(
            line=one["line"],
            message=one["message"],
            small=", ".join(part for part in (one["code"], one["rule"] or one["path"]) if part),
        )
        for one in found[:_FAULTS]
    ]
    if not remarks:
        said = visit.text(f"preflight.refused_{other}") if other else _sentence(visit, error)
        remarks = [Remark(line=None, message=said, small=error.code)]
    return no_store(
        visit.page(
            template,
            status=error.status,
            sent=sent,
            remarks=remarks,
            faults=max(1, len(found)),
            lines=file_lines(sent.content, remarks) if any(one.line is not None for one in remarks) else None,
            **values,
        )
    )


def is_about_the_file(error: GatewayError) -> bool:
    """Whether a refusal is of what was sent, and not of who sends it or of the moment."""
    return isinstance(error, DeclarationRefused | NotAllowed | CallInvalid)


def no_store(response: Response) -> Response:
    """Have nobody keep an answer."""
    response.headers["Cache-Control"] = "no-store"
    return response


def _is_other(content: bytes) -> str:
    """Return what a file is that is no message: a PDF, something packed, or nothing; empty: that is not seen."""
    if not content.strip():
        return "empty"
    if content.startswith(b"%PDF-"):
        return "pdf"
    return "packed" if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"7z\xbc\xaf")) else ""


def _sentence(visit: Visit, error: GatewayError) -> str:
    name = next((name for kind, name in _SAYS if isinstance(error, kind)), "")
    return visit.text(f"preflight.refused_{name}") if name else error.detail
