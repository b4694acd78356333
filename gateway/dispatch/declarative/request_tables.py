"""The reading of requests, conditions and agreements from an authority's file."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from gateway.contract import Request, RequestRejected
from gateway.dispatch.declarative.fact_tables import FileContext
from gateway.dispatch.declarative.replies import MEANINGS, Agreement, AuthorityFault, Condition, NotFoundRow
from gateway.dispatch.declarative.requests import DeclaredRequest, Soap
from gateway.dispatch.declarative.sections import Section
from gateway.dispatch.declarative.soap_paths import ANSWER, EITHER, FAULT
from gateway.dispatch.declarative.templates import Template, TemplateRefused, template, tried
from gateway.dispatch.target import check

READS = ("GET", "POST")
"""Methods by which nothing is changed."""
CHANGES = ("POST", "PUT", "PATCH", "DELETE")
NO_AGREEMENT = "none:"
"""The beginning of `same` where an answer says nothing of what was asked; a reason follows."""


@dataclass(slots=True, kw_only=True)
class RequestContext:
    """The values that the requests of a file share."""

    file: FileContext
    soap: Soap | None
    names: frozenset[str]
    """Names that every request knows."""
    reserved: frozenset[str] = frozenset()
    """Headers, in lower case, by which the gateway identifies itself."""
    without_agreement: list[tuple[int, str]] = field(default_factory=list)
    """The reasons for which something has no `same`, with their lines."""


def gap(
    context: RequestContext, section: Section, key: str, text: str, place: str, names: Collection[str],
    *, rows: Template | None = None, fragment: bool = False, optional: frozenset[str] = frozenset(),
) -> Template | None:  # fmt: skip
    """Read a template and try it; None: it is a fault."""
    try:
        found = template(text, place, names, optional)
    except TemplateRefused as error:
        section.fault(key, str(error))
        return None
    if fragment:
        return found
    if fault := tried(found, rows):
        section.fault(key, fault)
        return None
    return found


def request(
    context: RequestContext, section: Section, names: Collection[str], methods: Collection[str], same: tuple[Agreement, ...],
    *, rows: Template | None = None,
) -> DeclaredRequest | None:  # fmt: skip
    """Read one request; None: it has faults. Keys of it that are not read here are its caller's."""
    soap = context.soap
    method = section.text("method", among=tuple(methods)) or ("POST" if soap is not None else methods_first(methods))
    path_text, body_text = section.text("path", needed=True), section.text("body", needed=soap is not None)
    path = gap(context, section, "path", path_text, "path", names) if path_text is not None else None
    place = "xml" if context.file.language == "xml" else "json"
    body = None
    if body_text is not None:
        # Without a template of rows there is nothing to try; that is said where it is missing.
        untried = rows is None and "{lines}" in body_text
        body = gap(context, section, "body", body_text, place, names, rows=rows, fragment=untried)
        if method == "GET":
            section.fault("body", 'a GET has no body: say method = "POST"')
    if soap is not None and method != "POST":
        section.fault("method", "SOAP is sent by POST")
    headers = _headers(context, section, names)
    action = section.text("action")
    if action is not None and (soap is None or not action.isascii() or not action.isprintable() or '"' in action):
        section.fault("action", "an action is printable ASCII without quotes, of SOAP")
    reads = section.numbers("expect", (200,))
    if any(not 200 <= status <= 499 for status in reads):
        section.fault("expect", "statuses from 200 to 499 are read; what is above says that there is no answer")
    if path is None or (body_text is not None and body is None):
        return None
    return DeclaredRequest(
        name="",
        line=section.line(),
        method=method,
        path=path,
        headers=headers,
        body=body,
        content_type="application/xml" if place == "xml" else "application/json",
        action=action,
        reads=reads,
        same=same,
    )


def methods_first(methods: Collection[str]) -> str:
    """Return the method that is taken where none is said."""
    return next(iter(methods))


def _headers(context: RequestContext, section: Section, names: Collection[str]) -> Mapping[str, Template]:
    inner = section.table("headers")
    headers: dict[str, Template] = {}
    for name in inner.keys if inner is not None else ():
        assert inner is not None
        text = inner.text(name)
        found = gap(context, inner, name, text, "header", names) if text is not None else None
        if found is None:
            continue
        try:
            check(Request(path="/", headers={name: "x"}))
        except RequestRejected:
            inner.fault(name, "this header is the connection's own, or no header")
            continue
        if name.lower() in context.reserved:
            inner.fault(name, "by this header the gateway identifies itself: [auth]")
        if name.lower() in [other.lower() for other in headers]:
            inner.fault(name, "this header stands twice")
        headers[name] = found
    return headers


def agreements(
    context: RequestContext,
    section: Section,
    names: Collection[str],
    *,
    must_name: Collection[str],
    needed: bool = True,
    inside: str = ANSWER,
) -> tuple[Agreement, ...]:
    """Read `same`: paths and what has to stand there. It is demanded, or refused with a reason."""
    said = section.raw("same")
    if said is None:
        if needed:
            section.fault(
                None,
                'same is missing: say which values of the answer are what was asked (same = { "PATH" = "{reference}" }), '
                'or same = "none: REASON", which makes the adapter a draft',
            )
        return ()
    if type(said) is str:
        if not said.startswith(NO_AGREEMENT) or not said[len(NO_AGREEMENT) :].strip():
            section.fault("same", f'a table is needed, or "{NO_AGREEMENT} REASON"')
        context.without_agreement.append((section.line("same"), said[len(NO_AGREEMENT) :].strip()))
        return ()
    inner = section.table("same")
    if inner is None:
        return ()
    found = []
    for key in inner.keys:
        text = inner.text(key)
        path = context.file.path(inner, key, key, many=False, inside=inside)
        wanted = gap(context, inner, key, text, "plain", names) if text is not None else None
        if path is not None and wanted is not None:
            found.append(Agreement(path=path, wanted=wanted, line=inner.line(key)))
    named = {name.partition(".")[0] for one in found for name in one.wanted.names}
    if missing := [name for name in must_name if name not in named]:
        section.fault("same", "no value of the answer is compared with " + ", ".join(f"{{{name}}}" for name in missing))
    return tuple(found)


def condition(context: FileContext, section: Section, *, default: int, inside: str) -> Condition | None:
    """Read what has to be so in an answer; None: it has faults, or says nothing of the answer's content.

    Faults of SOAP come with whatever status: without one of its own a row counts for all that are read.
    """
    statuses = section.numbers("status", (default,) if context.soap is None else ())
    if any(not 200 <= one <= 599 or one in (401, 403, 408, 425, 429) for one in statuses):
        section.fault("status", "statuses from 200 to 599; what 401, 403, 408, 425 and 429 say is known")
    place = partial(context.path, section, many=False, inside=inside)
    null = [found for text in _texts(section, "null") if (found := place("null", text))]
    there = [found for text in _texts(section, "there") if (found := place("there", text))]
    where = [(found, text) for key, text in section.texts("where").items() if (found := place("where", key))]
    like = []
    for key, text in section.texts("like").items():
        path, expression = place("like", key), context.expression(section, "like", text)
        if path is not None and expression is not None:
            like.append((path, expression))
    if not any(section.raw(key) for key in ("null", "there", "where", "like")):
        section.fault(None, "a status alone says nothing: name what stands in the answer by null, there, where or like")
        return None
    return Condition(statuses=statuses, null=tuple(null), there=tuple(there), where=tuple(where), like=tuple(like))


def _texts(section: Section, key: str) -> tuple[str, ...]:
    value = section.raw(key)
    if value is None:
        return ()
    if type(value) is str:
        return (value,)
    if type(value) is list and value and all(type(one) is str for one in value):
        return tuple(value)
    section.fault(key, "a path is needed, or a list of paths")
    return ()


def authority_faults(context: FileContext, top: Section) -> tuple[AuthorityFault, ...]:
    """Read `[[fault]]`: the answers by which the authority says that it does not answer."""
    found = []
    for section in top.tables("fault"):
        means = section.text("means", needed=True, among=tuple(MEANINGS))
        one = condition(context, section, default=400, inside=FAULT)
        section.end()
        if means is not None and one is not None:
            found.append(AuthorityFault(condition=one, means=means, line=section.line()))
    return tuple(found)


def not_found_rows(context: RequestContext, section: Section, names: Collection[str]) -> Iterator[NotFoundRow]:
    """Read `[[verify.request.not_found]]`: the answers by which the authority says that it knows no such document."""
    for inner in section.tables("not_found"):
        found = condition(context.file, inner, default=200, inside=EITHER)
        needed = not context.without_agreement
        same = agreements(context, inner, names, must_name=("reference",), needed=needed, inside=EITHER)
        inner.end()
        if found is not None:
            yield NotFoundRow(condition=found, same=same, line=inner.line())
