"""Good adapters that do as bad ones might: what they do is right, or a person has said why."""

from tests.zoo.beast import Beast
from tests.zoo.content_beasts import pieces
from tests.zoo.list_beasts import whole_bookings
from tests.zoo.restriction_beasts import beside_an_applicant
from tests.zoo.xml_beasts import xml_beast

LEFT_OUT = "[left_out]\n"


def _granted_as(name: str, code: str, meaning: str) -> Beast:
    """The office in XML with another word for what it grants, which a person has signed."""
    files = {
        "exchanges/granted.toml": (("GRANTED", code),),
        "exchanges/settings.toml": ((LEFT_OUT, f'[meanings]\n"{code}" = "{meaning}"\n\n{LEFT_OUT}'),),
    }
    return xml_beast(name, "none", "meanings.", ('"GRANTED": Status.VALID', f'"{code}": Status.VALID'), files=files)


HONEST = (
    pieces("honest_pieces", "none", "contents.", "H87"),
    whole_bookings("honest_bookings", "none", "lists."),
    beside_an_applicant("honest_applicant", "none", "restrictions.", reason="who applied, which restricts nobody"),
    _granted_as("honest_letter", "S", "granted and in force"),
    _granted_as("honest_process", "PROCESSED", "granted: its processing has ended"),
)
