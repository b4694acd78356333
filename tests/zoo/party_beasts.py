"""Beasts that are asked about operators: the delivered adapter of EOS, recorded with its mistake."""

from tests.builders.places import ROOT
from tests.zoo.beast import Beast, kit_beast

HINTS = "for one in found)"
NUMBER = '        if result.text("eori") != query.number:\n            raise UnexpectedAnswer("the answer is about another number")\n'
FAILED = '        raise Unavailable("the service says that it failed")\n'
FOUND = '_returned(response.body, "a:retrieveAEOResponse").many("result")'


def _eos(name: str, mistake: str, by: str, *changes: tuple[str, str]) -> Beast:
    return kit_beast(name, mistake, by, *changes, twin=ROOT / "adapters" / "eos", rerecorded=True)


PARTY_BEASTS = (
    _eos("first_hint", "the first of those of the name", "lists.row_unread", (HINTS, "for one in found[:1])")),
    _eos("any_operator", "whatever number the answer is about", "documents.other_answer", (NUMBER, "")),
    _eos("fault_is_nobody", "a fault is nobody of the name", "statuses.not_reached", (FAILED, "        return None\n"), ("-> XmlRecord:\n", "-> XmlRecord | None:\n"), (FOUND, f'{FOUND} if b"Fault" not in response.body else ()')),
)  # fmt: skip
