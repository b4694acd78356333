"""The reason that a person states in a form, by the same rule as a call's."""

from pydantic import TypeAdapter, ValidationError

from gateway.api.schemas import bodies
from gateway.web.visit import Visit

FIELD = "reason"
LONGEST = 512
_REASON: TypeAdapter[str] = TypeAdapter(bodies.Reason)


def stated_reason(visit: Visit, faults: list[tuple[str, str]]) -> str:
    """Return the reason that was sent; what is wrong with it is added to the faults, each with its field."""
    sent = visit.form.get(FIELD, "")
    try:
        return _REASON.validate_python(sent)
    except ValidationError as error:
        kind = error.errors()[0]["type"]
        if kind == "string_too_short":
            sentence = visit.text("reason.missing")
        elif kind == "string_too_long":
            sentence = visit.text("reason.too_long", most=LONGEST)
        else:
            sentence = visit.text("reason.unreadable")
        faults.append((FIELD, sentence))
        return sent
