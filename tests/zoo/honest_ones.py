"""Good adapters that do as bad ones might: what they do is right, or a person has said why."""

from tests.zoo.beast import Beast, kit_beast
from tests.zoo.content_beasts import pieces
from tests.zoo.list_beasts import whole_bookings
from tests.zoo.party_beasts import stated_holders
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


def _recorded_elsewhere(name: str) -> Beast:
    """The office whose recordings are of a test system: its simulator does not know the first document of them."""
    documents = (('"OO/17"', '"TT/17"'),)
    return kit_beast(
        name, "none", "authority.", files={"simulator_documents.toml": documents}, own_simulator=True, check="authority"
    )


HONEST = (
    _recorded_elsewhere("honest_elsewhere"),
    pieces("honest_pieces", "none", "contents.", "H87"),
    whole_bookings("honest_bookings", "none", "lists."),
    beside_an_applicant("honest_applicant", "none", "restrictions.", reason="who applied, which restricts nobody"),
    stated_holders("honest_register"),
    _granted_as("honest_letter", "S", "granted and in force"),
    _granted_as("honest_process", "PROCESSED", "granted: its processing has ended"),
)
