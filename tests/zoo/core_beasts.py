"""Beasts that the gateway catches at their answers."""

from tests.zoo.beast import Beast, Catch

RETURN = '        return self._answer(found, answer.text("number"), occasion.at.date())\n'
QUERY = "            path = f\"/permits?number={quote(query.reference, safe='')}&page={page}\"\n"
SENT = "Request(path=path, headers=self._headers(path, occasion.nth(page - 1)))"


def _core(name: str, mistake: str, by: str, *changes: tuple[str, str]) -> Beast:
    return Beast(name=name, mistake=mistake, caught=Catch.CORE, by=by, changes=changes)


CORE_BEASTS = (
    _core("sibling", "it reports the number of the licence's holder for the document's", "SW-ADP-05", ("reference=number,", 'reference="OO/1",')),
    _core("other_kind", "it reports a type that it is not for", "SW-ADP-05", ('            type="C690",\n            reference', '            type="N002",\n            reference')),
    _core("answers_at_once", "it answers without asking", "SW-ADP-06", ("        found: list[Record] = []\n", "        if self._key:\n            return Answer(status=Status.NOT_FOUND)\n        found: list[Record] = []\n")),
    _core("floats", "quantities as floats", "SW-ADP-07", ('    weight = line.quantity("weight")\n', '    weight = line.quantity("weight")\n    weight = Quantity(value=float(weight.value), unit=weight.unit)\n')),
    _core("lists", "lines in a list", "SW-ADP-07", ("            lines=lines,\n", "            lines=list(lines),\n")),
    _core("text_day", "a day as a text", "SW-ADP-07", ("valid_to=ends.pop(),", "valid_to=str(ends.pop()),")),
    _core("no_zone", "a time without its zone", "SW-ADP-07", ("        return Answer(status=status, ", "        from datetime import datetime\n        return Answer(ask_again_at=datetime(2026, 12, 1, 8), status=status, ")),
    _core("unit_in_words", "a unit in words", "SW-ADP-07", ("    weight = line.quantity(\"weight\")\n", "    weight = Quantity(value=line.quantity(\"weight\").value, unit=\"kilograms\")\n")),
    _core("below_zero", "a quantity with the wrong sign", "SW-ADP-07", ("    weight = line.quantity(\"weight\")\n", "    weight = Quantity(value=-line.quantity(\"weight\").value, unit=\"KGM\")\n")),
    _core("text_status", "a status as a text", "SW-ADP-07", ("status = self._statuses.meaning(code, on)", 'status = "valid"')),
    _core("too_much_left", "what is left of all is told of each line", "SW-ADP-07", ("available=_signed(one)", "available=Quantity(value=Decimal(1000), unit='KGM')")),
    _core("puts", "it reserves by PUT while it reads", "SW-ADP-08", (SENT, SENT.replace("path=path", 'method="PUT", path=path'))),
    _core("endless", "it asks for pages without end", "SW-ADP-04", ("while page <= pages:", "while True:"), ('            if answer.count("page") != page:\n', "            if False:\n"), (RETURN, "")),
    _core("key_error", "it raises what it likes", "SW-ADP-04", (RETURN, '        raise KeyError("status")\n')),
    _core("no_certificate", "valid, and no certificate", "SW-ADP-04", (RETURN, "        return Answer(status=Status.VALID)\n")),
    _core("nothing_returned", "it forgets to return", "SW-ADP-04", (RETURN, "        self._answer(found, query.reference, occasion.at.date())\n")),
    _core("own_host", "it asks another host", "SW-ADP-03", (QUERY, '            path = f"https://mirror.example/permits?number={quote(query.reference)}"\n')),
    _core("not_encoded", "a blank in its path", "SW-ADP-03", (QUERY, '            path = f"/permits?number= {query.reference}"\n')),
    _core("host_header", "it sets the header Host", "SW-ADP-03", (SENT, SENT.replace("headers=", 'headers={"Host": "x"} | '))),
    _core("line_twice", "a line twice", "SW-ADP-07", ("            lines=lines,\n", "            lines=lines + lines[:1],\n")),
    _core("climbs", "a path that climbs", "SW-ADP-03", (QUERY, '            path = "/../permits"\n')),
    _core("optimist", "an outage is valid", "SW-ADP-01", ("            response = yield " + SENT, f"            try:\n                response = yield {SENT}\n            except BaseException:\n                return Answer(status=Status.VALID)")),
)  # fmt: skip
"""The last one is asked while its authority is down."""
