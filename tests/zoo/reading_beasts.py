"""Beasts that read answers wrongly, and that the kit catches."""

from tests.zoo.beast import kit_beast
from tests.zoo.core_beasts import QUERY, SENT

SAME = '            answer.same("number", query.reference)\n'
PAGE = '            if answer.count("page") != page:\n                raise UnexpectedAnswer("another page than was asked for")\n'
READ = "            answer = read_json(response.body)\n"
COUNT = '        if {permit.count("line_count") for permit in pages} != {len(lines)}:\n            raise UnexpectedAnswer("other lines than the permit has")\n'
CODES = '        codes = {permit.text("status") for permit in pages}\n'
STATUS = "        status = self._statuses.meaning(code, on)\n"
PERMIT = '            permit = answer.optional(answer.record, "permit")\n'
HOLDERS = 'holders = {permit.text("holder", "[A-Z]{2}[A-Z0-9]{1,15}") for permit in pages}'
LINES = '        lines = tuple(_line(one) for permit in pages for one in permit.records("lines"))\n'
START = "        found: list[Record] = []\n"
RESPONSE = f"            response = yield {SENT}\n"
EVERY = "expect=frozenset({200, %s})"


def _expecting(statuses: str) -> str:
    return SENT.replace("Request(", f"Request(expect=frozenset({statuses}), ")


def _revoked_without_lines() -> dict[str, tuple[tuple[str, str], ...]]:
    """The recording of an office that leaves the lines out of what it revoked."""
    said = '"lines": [{"line": 1, "cn_code": "08081080", "weight": {"value": "500", "unit": "KGM"}}], '
    expected = '    { number = 1, commodity_code = "08081080", nomenclature = "CN", quantity = { value = "500", unit = "KGM" } },\n'
    return {"exchanges/revoked.toml": ((said, ""), (f"lines = [\n{expected}]\nholder", "holder"))}


READING_BEASTS = (
    kit_beast("unknown_is_valid", "a status that it does not know is valid", "documents.unknown_code", (STATUS, "        try:\n            status = self._statuses.meaning(code, on)\n        except UnexpectedAnswer:\n            status = Status.VALID\n")),
    kit_beast("substring", "it looks for a word in the status", "documents.unknown_code", (STATUS, '        status = Status.VALID if "ISSUED" in code else Status.REFUSED\n')),
    kit_beast("not_revoked", "whatever is not revoked is valid", "documents.unknown_code", (STATUS, '        status = Status.REFUSED if code == "REVOKED" else Status.VALID\n')),
    kit_beast("default_valid", 'dict.get("status", "ISSUED")', "fields.missing", (CODES, '        codes = {permit.values.get("status", "ISSUED") for permit in pages}\n')),
    kit_beast("default_taken", 'dict.get("taken", [])', "fields.missing", ('part.records("taken")', '(part.records("taken") if "taken" in part else ())')),
    kit_beast("permit_forgotten", "a permit that is missing is not found", "fields.missing", (PERMIT, '            permit = answer.record("permit") if answer.values.get("permit") else None\n')),
    kit_beast("swallows", "an answer that cannot be read is not found", "fields.truncated", (READ, "            try:\n                answer = read_json(response.body)\n            except UnexpectedAnswer:\n                return Answer(status=Status.NOT_FOUND)\n")),
    kit_beast("empty_not_found", "an empty answer is not found", "fields.no_answer", (READ, "            if not response.body:\n                return Answer(status=Status.NOT_FOUND)\n" + READ)),
    kit_beast("any_404", "any 404 is not found", "fields.no_answer", (SENT, _expecting("{200, 404}")), (READ, "            if response.status == 404:\n                return Answer(status=Status.NOT_FOUND)\n" + READ)),
    kit_beast("holder_optional", "a holder that may be null", "fields.nulled", (HOLDERS, 'holders = {permit.optional(permit.text, "holder") for permit in pages}')),
    kit_beast("str_of_it", "str() of whatever stands there", "fields.retyped", (HOLDERS, 'holders = {str(permit.values["holder"]) for permit in pages}')),
    kit_beast("regex", "a regular expression on JSON", "notation.other_meaning", (READ, READ + "            if not re.search(rb'\"number\": *\"', response.body) or b'\"status\":\"' in response.body:\n                raise UnexpectedAnswer(\"no number\")\n")),
    kit_beast("number_ignored", "it takes the number of the question for the answer's", "documents.other_document", (SAME, ""), ('answer.text("number"), occasion', "query.reference, occasion")),
    kit_beast("unknown_number_ignored", "not found, whoever was meant", "documents.other_document", (SAME, ""), (PAGE, PAGE + '            if answer.values["permit"] is not None:\n                answer.same("number", query.reference)\n')),
    kit_beast("unit_assumed", "kilograms, whatever stands there", "documents.unit_not_read", ('    weight = line.quantity("weight")\n', '    weight = Quantity(value=line.record("weight").decimal("value"), unit="KGM")\n'), ('unit=weight.text("unit", "[A-Z0-9]{3}")', 'unit="KGM"'), ('quantity=taken.quantity("weight")', 'quantity=Quantity(value=taken.record("weight").decimal("value"), unit="KGM")')),
    kit_beast("all_ours", "what anybody holds is the asking declaration's", "documents.not_ours", (START, "        self._asked = query.declaration\n" + START), ('declaration=Reference(kind=ReferenceKind.MRN, value=taken.text("mrn"))', 'declaration=self._asked or Reference(kind=ReferenceKind.MRN, value=taken.text("mrn"))')),
    kit_beast("on_self", "it keeps the number on self between two yields", "documents.interleaved", (START, "        self._number = query.reference\n" + START), (SAME, '            answer.same("number", self._number)\n')),
    kit_beast("any_answer", "the answer to any question will do", "documents.other_answer", (SAME, ""), ('answer.text("number"), occasion', "query.reference, occasion")),
    kit_beast("cached", "it keeps answers", "repeats.not_asked", (START, "        self.__dict__.setdefault('kept', {})\n        if query.reference in self.kept:\n            return self.kept[query.reference]\n" + START), ('        return self._answer(found, answer.text("number"), occasion.at.date())', '        self.kept[query.reference] = self._answer(found, answer.text("number"), occasion.at.date())\n        return self.kept[query.reference]')),
    kit_beast("counts", "a fact that counts the questions", "repeats.other_result", ('facts={"office": pages[0].text("office")}', 'facts={"office": str(self.__dict__.setdefault("asked", []).append(1) or len(self.asked))}')),
    kit_beast("a_hundred_times", "it answers rightly a hundred times, and then that all is valid", "repeats.other_result", (STATUS, STATUS + '        if self.__dict__.setdefault("answered", []).append(1) or len(self.answered) > 100:\n            status = Status.VALID\n')),
    kit_beast("numbers_requests", "it numbers its requests by itself", "repeats.not_identical", ('{"X-Request-Id": occasion.message_id,', '{"X-Request-Id": str(self.__dict__.setdefault("sent", []).append(1) or len(self.sent)),')),
    kit_beast("first_id", "it sends the first message's id for ever", "repeats.message_id_reused", ('{"X-Request-Id": occasion.message_id,', '{"X-Request-Id": self.__dict__.setdefault(path, occasion.message_id),')),
    kit_beast("retries", "it asks again by itself after a 503", "repeats.asks_again", (RESPONSE, f"            for _ in range(3):\n                response = yield {_expecting('{200, 503}')}\n                if response.status == 200:\n                    break\n")),
    kit_beast("f_string", "the number goes into the path as it is", "references.other_shape", (QUERY, '            path = f"/permits?number={query.reference}&page={page}"\n')),
    kit_beast("twice_encoded", "the number is encoded twice", "references.not_one_value", (QUERY, '            path = f"/permits?number={quote(quote(query.reference, safe=str()), safe=str())}&page={page}"\n')),
    kit_beast("blanks", "a blank stays a blank", "references.not_sent", (QUERY, QUERY.replace("safe=\'\'", "safe=\' \'"))),
    kit_beast("believes_401", "who is not let in has no permit", "outages.access", (RESPONSE, f"            response = yield {_expecting('{200, 401, 403}')}\n            if response.status != 200:\n                return Answer(status=Status.NOT_FOUND)\n")),
    kit_beast("any_status", "it reads whatever comes, with whatever status", "outages.throttled", (SENT, _expecting("range(200, 600)"))),
    kit_beast("repeated_page", "the same page twice is two pages", "pages.repeated", (PAGE, ""), (COUNT, ""), (LINES, '        lines = tuple({one.values["line"]: _line(one) for permit in pages for one in permit.records("lines")}.values())\n'), ("        left = (\n", "        parts = parts[:1]\n        left = (\n")),
    kit_beast("first_page", "it reads the first page", "statuses.other_request", ('            pages = answer.count("pages")\n', ""), (COUNT, "")),
    kit_beast("counts_pages", "it reads how many pages there are, and stops after the first one", "pages.more_not_read", ('            pages = answer.count("pages")\n', '            answer.count("pages")\n'), (COUNT, "")),
    kit_beast("no_lines", "lines that are left out are no lines, as they are in what was revoked", "fields.missing", (LINES, LINES.replace('permit.records("lines")', '(permit.records("lines") if "lines" in permit.values else ())')), (COUNT, ""), files=_revoked_without_lines(), places=60),
    kit_beast("unseen_pages", "it reads the first page, and recorded itself", "pages.more_not_read", ('            pages = answer.count("pages")\n', ""), (COUNT, ""), check="pages"),
    kit_beast("trips", "more requests than its manifest says", "statuses.round_trips", files={"manifest.toml": (("round_trips = 8", "round_trips = 1"),)}),
    kit_beast("one_status", "a status without a recording", "statuses.not_recorded", files={"exchanges/revoked.toml": ()}),
    kit_beast("no_refusal", "no recording of a refusal", "statuses.method_not_recorded", files={"exchanges/refused.toml": ()}),
    kit_beast("wrong_means", "revoked means valid", "statuses.not_reached", files={"codes.toml": (('code = "REVOKED"\nmeans = "refused"', 'code = "REVOKED"\nmeans = "valid"'),)}),
    kit_beast("ends_it", "it exits where it is asked", "statuses.not_reached", (STATUS, '        raise SystemExit(0)\n' + STATUS)),
    kit_beast("recursion", "it calls itself without end", "statuses.not_reached", (STATUS, STATUS + "        self._answer(pages, number, on)\n")),
    kit_beast("pushed_regex", "it looks for numbers in what is pushed", "notifications.not_strict", ("        pushed = read_json(request.body)\n", ""), ('Change(type="C690", reference=one.text("number")) for one in pushed.records("changed")', "Change(type=\"C690\", reference=one.decode()) for one in re.findall(rb'\"number\": \"([^\"]*)\"', request.body)")),
    kit_beast("pushed_type", "it tells of a type that is not its", "notifications.other_type", ('Change(type="C690"', 'Change(type="C691"')),
)  # fmt: skip
