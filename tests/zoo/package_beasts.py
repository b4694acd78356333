"""Beasts whose package, recordings or simulator do not hold, and those that the authority itself shows."""

from tests.builders.places import ROOT
from tests.zoo.beast import Beast, kit_beast
from tests.zoo.core_beasts import QUERY, RETURN
from tests.zoo.reading_beasts import COUNT, LINES, PAGE, READ, RESPONSE, SAME

PERMITS = ROOT / "adapters/cites"
"""An authority as one file."""
UNREADABLE = 'where = { "$.code" = "REQUEST_NOT_READABLE" }\nmeans = "rejected"\n'
BUSY = f'{UNREADABLE}\n[[fault]]\nstatus = [503]\nwhere = {{ "$.code" = "BUSY" }}\nmeans = "unavailable"\n'
CLASS = "class TwinAdapter:"
NUMBER = '{"number": "OO/18", "page": 1'
FOUND = "        held = documents.find(number)\n"
ONE_EACH = '        lines = tuple({one.values["line"]: _line(one) for permit in pages for one in permit.records("lines")}.values())\n'
LEFT = "return Ledger(lines=tuple(left), allocations=tuple(taken))"
LEFT_EACH = "return Ledger(lines=tuple({one.number: one for one in left}.values()), allocations=tuple(taken))"


def _simulating(name: str, mistake: str, old: str, new: str, place: str) -> Beast:
    files = {"simulator.py": ((old, new),)}
    return kit_beast(
        name, mistake, "package.simulator_raises", files=files, place=place, own_simulator=True, check="authority"
    )


PACKAGE_BEASTS = (
    kit_beast("never_busy", "a row for a fault that no answer shows", "rows.not_reached", files={"authority.toml": ((UNREADABLE, BUSY),)}, twin=PERMITS, place="authority.toml:"),
    kit_beast("needs_region", "it reads a setting that its manifest does not name", "package.not_loaded", ('settings.secrets["signing_key"]', 'settings.values["region"]'), place="adapter.py:", check="statuses"),
    kit_beast("no_syntax", "a file that is no Python", "package.not_loaded", (CLASS, f"def broken(:\n\n\n{CLASS}"), place="adapter.py:", check="statuses"),
    _simulating("no_simulation", "its simulator cannot be imported", "A_PAGE = 2\n", "A_PAGE = {}['size']\n", "simulator.py:"),
    _simulating("simulator_fails", "its simulator raises where it is asked", FOUND, FOUND + "        number += held['colour'] if held else 1\n", "simulator.py:"),
    kit_beast("moved_elsewhere", "movements of a document that its simulator does not know", "authority.not_known", files={"simulator_documents.toml": (('"OO/17"', '"TT/17"'),)}, own_simulator=True, check="movements"),
    kit_beast("all_elsewhere", "no recorded document is known to its simulator", "authority.not_known", files={"simulator_documents.toml": (("OO/", "TT/"),)}, own_simulator=True, check="authority"),
    kit_beast("no_office", "movements, and nobody to try them with", "package.no_simulator", files={"manifest.toml": (('simulator = "simulator:SIMULATOR"\n', ""),)}, own_simulator=True, check="movements"),
    kit_beast("blank_in_path", "a blank in its path", "statuses.request_refused", (QUERY, '            path = f"/permits?number= {query.reference}"\n')),
    kit_beast("no_page_missed", "it does not see that a page is missing", "pages.lost", (PAGE, ""), (COUNT, ""), (LINES, ONE_EACH), (LEFT, LEFT_EACH)),
    kit_beast("gives_up", "after three pages it has seen enough", "pages.endless", ("while page <= pages:", "while page <= min(pages, 2):"), (PAGE, ""), (COUNT, ""), (LINES, ONE_EACH), (LEFT, LEFT_EACH)),
    kit_beast("nameless", "it takes an answer that names no document", "documents.not_named", (SAME, ""), (RETURN, '        return self._answer(found, query.reference, occasion.at.date())\n'), files={"exchanges/revoked.toml": ((NUMBER, '{"page": 1'),)}),
    kit_beast("folds", "a rule of identity by which its own documents are others", "references.not_its_identity", (CLASS, f"def identity(document_type, reference):\n    return reference.lower()\n\n\n{CLASS}"), files={"manifest.toml": (('entry_point = "adapter:TwinAdapter"', 'entry_point = "adapter:TwinAdapter"\nidentity = "adapter:identity"'),)}),
    kit_beast("other_address", "it asks where nobody answers", "authority.not_reached", (QUERY, QUERY.replace("/permits", "/permit"))),
    kit_beast("old_recording", "a recording of what the office no longer says", "authority.other_answer", files={"exchanges/no_end.toml": (('"status": "ISSUED"', '"status": "REVOKED"'), ('status = "valid"', 'status = "refused"'))}),
    kit_beast("believes_anything", "what it cannot read is not found", "authority.fault_believed", (READ, "            try:\n                answer = read_json(response.body)\n            except UnexpectedAnswer:\n                return Answer(status=Status.NOT_FOUND)\n")),
    kit_beast("reads_401", "who is not let in has no answer", "authority.unauthorised", (RESPONSE, RESPONSE.replace("Request(", "Request(expect=frozenset({200, 401}), "))),
    kit_beast("thousandfold", "it orders a thousand times too much", "movements.not_done", ('format(line.quantities[0].value, "f")', 'format(line.quantities[0].value * 1000, "f")')),
)  # fmt: skip
