"""Beasts that read the first parts of an answer, take another document's for it, or believe anybody that there is none."""

from tests.zoo.beast import Beast, kit_beast
from tests.zoo.core_beasts import QUERY, RETURN, SENT
from tests.zoo.fact_beasts import END
from tests.zoo.package_beasts import CLASS
from tests.zoo.reading_beasts import CODES, COUNT, EVERY, HOLDERS, READ, SAME, START

LATER = '        if page > 1:\n            raise UnexpectedAnswer("a permit is not known any more")\n'
ENDS = f"        ends = {{{END} for permit in pages}}\n"
ASKED = (RETURN, "        return self._answer(found, query.reference, occasion.at.date())\n")
PAGES = '            pages = answer.count("pages")\n'
IDENTITY = f"def identity(document_type, reference):\n    return reference.strip().replace('/20', '/')\n\n\n{CLASS}"
NAMED = ('entry_point = "adapter:TwinAdapter"', 'entry_point = "adapter:TwinAdapter"\nidentity = "adapter:identity"')


def _comparing(name: str, mistake: str, is_same: str) -> Beast:
    compared = f"            said, asked = answer.text('number'), query.reference\n            if not ({is_same}):\n                raise UnexpectedAnswer('another permit')\n"
    return kit_beast(name, mistake, "documents.other_document", (SAME, compared), ASKED)


def _unknown(name: str, mistake: str, condition: str) -> Beast:
    believed = f"            if response.status == 404 and {condition}:\n                return Answer(status=Status.NOT_FOUND)\n"
    sent = SENT.replace("Request(", f"Request({EVERY % 404}, ")
    return kit_beast(name, mistake, "absences.any_404", (SENT, sent), (READ, believed + READ))


CHAIN_BEASTS = (
    kit_beast("four_pages", "after four pages it has seen enough", "chains.cut_off", ("while page <= pages:", "while page <= min(pages, 4):"), (COUNT, "")),
    kit_beast("first_status", "the status of the first page", "chains.contradiction", (CODES, '        codes = {pages[0].text("status")}\n')),
    kit_beast("last_end", "the end that the last page states", "chains.contradiction", (ENDS, f"        permit = pages[-1]\n        ends = {{{END}}}\n")),
    kit_beast("raw_cursor", "what names the next page is not encoded", "chains.cursor", (START, START + '        cursor = "1"\n'), (QUERY, QUERY.replace("{page}", "{cursor}")), (PAGES, PAGES + '            cursor = str(answer.values.get("next", page + 1))\n'), files={"exchanges/valid.1.json": (('"pages": 2', '"pages": 2, "next": "b1"'),), "exchanges/valid.toml": (("&page=2", "&page=b1"),)}),
    kit_beast("holder_nowhere", "a holder whom no page names", "fields.missing", (HOLDERS, 'holders = {permit.values.get("holder") for permit in pages}'), check="chains"),
    _comparing("no_century", "years without their century are the same", "said.replace('20', '') == asked.replace('20', '')"),
    _comparing("any_case", "letters in any case, and its rule of identity says otherwise", "said.upper() == asked.upper()"),
    _comparing("ends_alike", "a number that ends alike", "said.endswith(asked)"),
    _comparing("begins_alike", "a number that begins alike", "said.startswith(asked)"),
    _comparing("within", "a number that stands in the asked one", "said in asked"),
    kit_beast("wide_identity", "a rule of identity that leaves the century out", "references.identity_too_wide", (CLASS, IDENTITY), files={"manifest.toml": (NAMED,)}),
    _unknown("json_404", "a 404 in JSON is not found", "read_json(response.body).values"),
    _unknown("html_404", "a 404 of a proxy is not found", "b'404' in response.body"),
    kit_beast("lost_on_the_way", "what a later page does not know is not found", "absences.later_part", (LATER, "")),
)  # fmt: skip
