"""What is wrong with a file is said before anybody is asked: all of it at once, each with its line."""

import tomllib
from typing import Any, cast

import jsonpath_rfc9535
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.contract import RequestRejected, UnexpectedAnswer
from gateway.dispatch.declarative import AuthorityFileFault, read_authority_file
from gateway.dispatch.declarative.expressions import Expression
from gateway.dispatch.declarative.paths import PathRefused, json_path, xml_path
from gateway.dispatch.declarative.templates import TemplateRefused, template
from gateway.dispatch.declarative.units import UNITS, unit_fault
from tests.builders.places import ROOT
from tests.dispatch.declarative.timber import FILE, changed, faults, line_of

STATUS = '"$.licence.status"'
FAULTS: dict[str, tuple[tuple[str, str], str, str]] = {
    # What is changed, where its line is, and what is said.
    "no path": (('status = "$.licence.status" ', 'status = "licence.status" '), 'status = "licence', "begins with `$`"),
    "a search in depths": ((STATUS, '"$..status"'), "$..status", "nothing else"),
    "a function": ((STATUS, "\"$.licence[?length(@.a) == 1]\""), "length", "nothing else"),
    "a comparison": ((STATUS, "\"$.licence[?@.a > 1]\""), "@.a > 1", "nothing else"),
    "an existence test": ((STATUS, '"$.licence[?@.a]"'), "?@.a", "nothing else"),
    "a slice": ((STATUS, '"$.licence[0:2]"'), "0:2", "nothing else"),
    "a path that finds several": ((STATUS, '"$.licence.lines[*].status"'), "[*].status", "take [*] out"),
    "a list without [*]": (('"$.licence.lines[*]" ', '"$.licence.lines" '), '"$.licence.lines" ', "it has no [*]"),
    "rows in rows": (('"$.licence.lines[*]" ', '"$.licence[*].lines[*]" '), "licence[*].lines", "one [*] at most"),
    "a zone that is none": (('valid_to = "$.licence.valid_to"', 'valid_to = { path = "$.licence.valid_to", zone = "Europe/Lutetia" }'), "Lutetia", "no time zone"),
    "a zone of a text": (('status = "$.licence.status" ', 'status = { path = "$.licence.status", zone = "Europe/Paris" } '), "Europe/Paris", "only a day"),
    "an outer row without one": (('declaration = "$.mrn"', 'declaration = { path = "$.mrn", within = true }'), "within = true", "which"),
    "a constant of an outer row": (('each = "$.used[*]"\nkind = { is = "MRN" }', 'each = "$.used[*]"\nwithin = { each = "$.all[*]" }\nkind = { is = "MRN", within = true }'), "within = true", "has a path"),
    "outer rows without a list": (('each = "$.used[*]"', 'each = "$.used[*]"\nwithin = { each = "$.all" }'), "within = {", "it has no [*]"),
    "outer rows of two requests": (('each = "$.used[*]"', 'each = "$.used[*]"\nin = "first"\nwithin = { each = "$.all[*]" }'), "in = ", "in"),
    "an unknown name": (("&page={page}", "&page={page}&x={referense}"), "referense", "is 'reference' meant?"),
    "a secret in a template": (('Accept = "application/json"', 'X-Key = "{secrets.key}"'), "headers", "secrets never stand"),
    "code in a template": (('"{message_id}"', '"{{ message_id }}"'), "headers", "no code"),
    "a header of the connection": (("Accept = ", "Host = "), "Host", "the connection's own"),
    "a path that is none": (('"/licences?number', '"licences?number'), "licences?number", "begins with `/`"),
    "a path that climbs": (('"/licences?number', '"/../x?number'), "/../x", "a dot segment"),
    "a text without quotes": (('"volume": "{quantity}"', '"code": {commodity_code}'), "line = '''{", "does not give JSON"),
    "a body that is no JSON": (('"lines": [{lines}]}', '"lines": [{lines}]'), "body = '''{\"number\"", "does not give JSON"),
    "an expression that RE2 does not know": (("[A-Z]{2}[A-Z0-9]{1,15}", "(?=A)B"), "(?=A)B", "no expression of RE2"),
    "a list without a row that can be read": (('means = "MTQ"\n', ""), "[[unit]]", "unit: no codes"),
    "a unit in words": (('means = "MTQ"', 'means = "Kilograms"'), '"Kilograms"', "is 'KGM' (kilogram) meant?"),
    "a unit that is none": (('means = "MTQ"', 'means = "zzz"'), '"zzz"', "known are KGM, GRM"),
    "a unit that is always the same and none": (('unit = { path = "$.volume.unit", codes = "unit" } }\n\n[position]', 'unit = { is = "m3" } }\n\n[position]'), 'unit = { is = "m3"', "no code of a unit"),
    "a currency in words": (('volume.value", unit = { path = "$.volume.unit", codes = "unit" } }\n\n[position]', 'volume.value", unit = { is = "MTQ" } }\namount = { value = "$.a", currency = { is = "Euro" } }\n\n[position]'), '"Euro"', "no code of a currency"),
    "an expression that refers back": (("[A-Z]{2}[A-Z0-9]{1,15}", r"(A)\\1"), "(A)", "no expression of RE2"),
    "an expression that is too large": (("[A-Z]{2}[A-Z0-9]{1,15}", "((((a{1,99}){1,99}){1,99}){1,99})"), "{1,99}", "no expression"),
    "no agreement": (('[verify.same]\n"$.number" = "{reference}"\n"$.licence.number" = "{reference}"\n', ""), "[verify]", "same is missing"),
    "an agreement about nothing": (('"$.number" = "{reference}"\n"$.licence.number" = "{reference}"\n', '"$.number" = "7"\n'), "[verify.same]", "{reference}"),
    "an agreement without a reason": (('[verify.same]\n"$.number" = "{reference}"\n"$.licence.number" = "{reference}"\n', 'same = "none: "\n'), "same = ", "REASON"),
    "a movement that names no declaration": (('"$.use.mrn" = "{mrn}", ', ""), "same = { \"$.number\" = \"{reference}\", \"$.use.key", "{mrn}"),
    "not found by the status alone": (('where = { "$.code" = "NO_SUCH_LICENCE" }\n', ""), "[[verify.request.not_found]]", "a status alone says nothing"),
    "a status that is known": (("status = [404]", "status = [401]"), "[401]", "401, 403"),
    "a fact that is missing": (('reference = "$.licence.number"\n', ""), "[verify.facts]", "reference is missing"),
    "a reference that is not in the answer": (('reference = "$.licence.number"', "reference = { asked = true }"), "asked = true", "never what was asked about"),
    "a null that says something else": (('null = "not stated", form', 'null = "none", form'), "holder", "unknown 'none'"),
    "optional and not in the answer": (('{ is = "HS" }', '{ is = "HS", optional = true }'), "optional = true }", "neither optional nor null"),
    "a constant that is none": (('{ is = "HS" }', '{ is = "TARIC" }'), "TARIC", "unknown 'TARIC'"),
    "two ways at once": (('{ is = "MRN" }', '{ is = "MRN", path = "$.x" }'), 'is = "MRN", path', "one of `path`, `is`"),
    "a number that is a text": (('number = "$.line"', 'number = { path = "$.line", codes = "unit" }'), 'number = {', "codes and forms are of texts"),
    "a code list that is not there": (('codes = "document_type"', 'codes = "kind"'), 'codes = "kind"', "no code list [[kind]]"),
    "a code list that nothing names": (("[[refusal]]", '[[colour]]\ncode = "A"\nmeans = "B"\nvalid_from = 2026-01-01\nsource = "x"\n[[refusal]]'), "[[colour]]", "no fact names this code list"),
    "a code that means nothing": (('means = "refused"\nvalid_from = 2026-01-01\nsource = "Timber Licensing Office, interface description 1.2, section 3"', 'means = "bad"\nvalid_from = 2026-01-01\nsource = "x"'), '[[status]]\ncode = "REVOKED"', "'bad'"),
    "a code without a source": (('code = "FLEGT"\nmeans = "C690"\nvalid_from = 2026-01-01\nsource = "Timber Licensing Office, interface description 1.2, section 2"', 'code = "FLEGT"\nmeans = "C690"\nvalid_from = 2026-01-01'), "[[document_type]]", "source"),
    "an unknown key": (('first = "1"', 'first = "1"\nlast = "9"'), 'last = "9"', "unknown key"),
    "an account for nobody": (("[position]", '[account]\nkind = "a"\nkept_for = "us"\n\n[position]'), 'kept_for = "us"', "unknown 'us'"),
    "an account without its name": (("[position]", '[account]\nkept_for = "document"\n\n[position]'), "[account]", "kind is missing"),
    "another account without its measure": (("[position]", '[account]\nkind = "a"\nkept_for = "document"\n[account.others]\neach = "$.o[*]"\nkind = "$.k"\nyear = "$.y"\n\n[position]'), "[account.others]", "quantity is missing"),
    "an unknown table": (("[position]", "[positions]"), "[positions]", "unknown key"),
    "a page that stands nowhere": (("&page={page}", ""), "[verify.pages]", "{page} stands nowhere"),
    "pages without an end": (('null = "last"\n', ""), "[verify.pages]", "how the last page is known"),
    "a method that changes": (('[[verify.request]]\n', '[[verify.request]]\nmethod = "DELETE"\n'), 'method = "DELETE"', "unknown 'DELETE'"),
    "a body of a GET": (('[[verify.request]]\n', "[[verify.request]]\nbody = '{}'\n"), "body = '{}'", "a GET has no body"),
    "a fault that means nothing": (('means = "rejected"', 'means = "oops"'), '"oops"', "unknown 'oops'"),
    "an order that names nobody": (('"mrn": "{mrn}", "key"', '"key"'), "[write_off]", "{mrn}"),
    "rows without a template": (("line = '''", "lines = '''"), "[write_off]", "no template `line`"),
    "a refusal without a list": ((', codes = "refusal" }', " }"), "refusal = ", "which code list"),
    "a capability that is missing": (('"verify", "usage"', '"verify"'), "capabilities", "neither quantity nor usage"),
    "a capability too many": (('"verify", "usage"', '"verify", "usage", "notifications"'), "capabilities", "notifications is claimed"),
    "a list": (('"verify", "usage"', '"verify", "usage", "list"'), "capabilities", "write an adapter"),
    "reservations without their tables": (('"verify", "usage"', '"verify", "quantity"'), "capabilities", "[reserve] is missing"),
    "a class": (('format = "json"', 'format = "json"\nentry_point = "adapter:One"'), "entry_point", "a file has no code"),
    "a rule in code": (('format = "json"', 'format = "json"\nidentity = "adapter:identity"'), "identity", "spelling"),
    "a fault of the manifest": (("round_trips = 5", "round_trips = 0"), "round_trips", "a number from 1"),
    "no format": (('format = "json"\n', ""), "contract", "format is missing"),
    "another format": (('format = "json"', 'format = "csv"'), '"csv"', "unknown 'csv'"),
    "SOAP in JSON": (("[reference]", '[soap]\nversion = "1.1"\n[reference]'), "[soap]", "SOAP is XML"),
    "a status that nobody says": ((STATUS, '{ is = "ISSUED" }'), 'status = { is', "the authority says it"),
    "a status that may be absent": ((STATUS, '{ path = "$.licence.status", optional = true }'), "optional = true }", "nothing goes without it"),
    "an outcome that nobody says": (('outcome = "$.use.outcome"', 'outcome = { is = "DONE" }'), "outcome = { is", "the authority says it"),
    "a reference that is always the same": (('reference = "$.licence.number"', 'reference = { is = "ID/17" }'), "reference = { is", "the authority says it"),
    "a day that is always the same": (('valid_to = "$.licence.valid_to"', 'valid_to = { is = "2026-12-31" }'), "valid_to = { is", "only a text"),
    "a line without a number": (('number = "$.line"', 'number = { path = "$.line", optional = true }'), "number = {", "nothing goes without it"),
    "a list of the manifest as codes": (('codes = "document_type"', 'codes = "document_types"'), 'codes = "document_types"', "no code list"),
    "a header that stands twice": (('Accept = "application/json", ', 'Accept = "a", accept = "b", '), "headers", "stands twice"),
    "a header of the gateway's own": (('Accept = "application/json", ', 'x-api-KEY = "a", '), "x-api-KEY", "the gateway identifies itself"),
    "a prefix that is none": (("[reference]", '[namespaces]\n"" = "urn:x"\n[reference]'), '"" = ', "a prefix is needed"),
    "a tier that it cannot have": (('[verify.same]\n"$.number" = "{reference}"\n"$.licence.number" = "{reference}"\n', 'same = "none: it says nothing"\n'), "tier", "is a draft"),
}  # fmt: skip


def test_the_file_of_the_page_has_no_fault() -> None:
    file = read_authority_file(FILE)
    assert (file.manifest.name, file.tier_cap) == ("timber", "conformant")


@pytest.mark.parametrize("name", list(FAULTS))
def test_a_fault_is_said_with_its_line(name: str) -> None:
    change, part, what = FAULTS[name]
    text = changed(change)
    if name != "a code without a source":
        tomllib.loads(text)
    found = faults(text)
    wanted = line_of(text, part)
    assert [line for line, said in found if what in said] == [wanted], (wanted, found)


def test_every_unit_of_the_tables_can_be_said() -> None:
    tables = tomllib.loads((ROOT / "config/units.toml").read_text(encoding="utf-8"))
    assert {row["unit"] for row in tables["unit"]} <= UNITS.keys()


@pytest.mark.parametrize(("word", "code"), [("kg", "KGM"), ("tonnes", "TNE"), ("Litre", "LTR"), ("cubic metres", "MTQ"), ("pieces", "H87"), ("kgm", "KGM"), ("gram", "GRM")])  # fmt: skip
def test_the_nearest_unit_is_named(word: str, code: str) -> None:
    assert f"is {code!r} (" in (unit_fault(word) or "")


def test_all_faults_are_said_at_once() -> None:
    text = changed(
        (STATUS, '"$..status"'), ('means = "rejected"', 'means = "oops"'), ("round_trips = 5", "round_trips = 0")
    )
    assert len(faults(text)) == 3


def test_lines_of_texts_are_no_keys() -> None:
    text = changed(("body = '''{", "body = '''\n{\n"), ('means = "rejected"', 'means = "oops"'))
    ((line, _),) = faults(text)
    assert line == line_of(text, '"oops"')


def test_what_is_no_toml_is_said_with_its_line() -> None:
    ((line, what),) = faults(FILE.replace('format = "json"', "format = json"))
    assert (line, "not TOML" in what) == (line_of(FILE, "format ="), True)


@pytest.mark.parametrize("text", ["a = ", "x = " + "[" * 5000, "", "\x00"])
def test_what_is_no_file_is_a_fault(text: str) -> None:
    assert faults(text)


def test_a_huge_file_is_refused_unread() -> None:
    ((line, what),) = faults("# " + "x" * 1_000_000)
    assert (line, "longer than" in what) == (1, True)


@pytest.mark.parametrize(
    "path",
    ["//a", "a//b", "/a", "a/..", "*", "a[last()]", "a[position()=1]", "text()", "a|b", "a[b]", "a[b='x' or c='y']", "$x", "a[.='x']", "@a/b", "a/@b[1]", "", "a/", "x:a"],
)  # fmt: skip
def test_an_xpath_that_does_more_is_refused(path: str) -> None:
    with pytest.raises(PathRefused):
        xml_path(path, {"t": "urn:t"})


@pytest.mark.parametrize("path", ["t:a", ".", "t:a/t:b[1]", "a[t:k = 'x:y/z']/@b", "@b", 't:a[@k = "it\'s"]'])
def test_an_xpath_of_names_is_taken(path: str) -> None:
    assert xml_path(path, {"t": "urn:t"}).text == path


@pytest.mark.parametrize(
    "path", ["$", "$.a['b c'][0].d", "$.a[?@.b == 'x y'].c", "$.a[?@.b.c == 7]", "$.a[*]", "$.a[*].b"]
)
def test_a_json_path_of_names_is_taken(path: str) -> None:
    assert json_path(path).text == path


def test_an_expression_takes_time_in_proportion() -> None:
    # The one that backtracks for ever elsewhere: with this length it would not end in a lifetime.
    assert not Expression("(a+)+b").fits("a" * 50_000)


@pytest.mark.parametrize(
    ("place", "value"), [("path", "\ud800"), ("json", "\ud800"), ("xml", "\x00"), ("header", "é"), ("header", "a\nb")]
)
def test_what_cannot_be_written_is_not_sent(place: str, value: str) -> None:
    with pytest.raises(RequestRejected):
        template("/{reference}", place, ["reference"]).written({"reference": value})


def test_a_value_is_written_as_its_place_needs_it() -> None:
    value = {"reference": "a\"b&<c>'/é\\\n{key}"}
    assert (
        template("/{reference}", "path", ["reference"]).written(value) == "/a%22b%26%3Cc%3E%27%2F%C3%A9%5C%0A%7Bkey%7D"
    )
    assert template('"{reference}"', "json", ["reference"]).written(value) == '"a\\"b&<c>\'/\\u00e9\\\\\\n{key}"'
    assert template("{reference}", "xml", ["reference"]).written(value) == "a&quot;b&amp;&lt;c&gt;&apos;/é\\&#10;{key}"


def test_a_name_that_is_not_known_for_a_request_is_not_sent() -> None:
    with pytest.raises(RequestRejected, match="customs_office"):
        template("/{customs_office}", "path", ["customs_office"]).written({"customs_office": None})


def test_braces_that_hold_no_name_are_text() -> None:
    assert (
        template('{"a": {}, "b": "{reference}"}', "json", ["reference"]).written({"reference": "1"})
        == '{"a": {}, "b": "1"}'
    )
    with pytest.raises(TemplateRefused):
        template("{reference.x}", "path", ["reference"])


def test_missing_and_null_are_two_things() -> None:
    path, node = json_path("$.a.b"), cast(Any, None)
    assert path.one({"a": {"b": None}}, optional=True) is None
    assert path.one({"a": {}}, optional=True) is not None
    for node in ({"a": None}, {"a": "b"}, {"a": []}, {}, None):
        with pytest.raises(UnexpectedAnswer):
            path.one(node, optional=True)
    with pytest.raises(UnexpectedAnswer):
        path.one({"a": {}})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "a b"]), inner, max_size=3),
    max_leaves=8,
)
STEPS = st.lists(st.sampled_from([".a", ".b", "['a b']", "[0]", "[1]"]), max_size=3)


@given(VALUES, STEPS)
def test_names_and_indexes_are_followed_as_the_standard_says(value: Any, steps: list[str]) -> None:
    text = "$" + "".join(steps)
    found = list(jsonpath_rfc9535.find(text, value).values())
    try:
        assert [json_path(text).one(value)] == found
    except UnexpectedAnswer:
        assert found == []


OTHERS = (
    '"x"', "1", "true", "[]", "{}", '["a"]', '{ path = "$.x" }', '{ is = "x" }', "{ asked = true }", "[1]", "2026-01-01", '""', "{ path = 1 }",
    '"$.a[*]"', '"{reference}"', '{ value = "$.a", unit = "$.b" }', '{ "" = "" }',
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, FILE.count("\n")), st.sampled_from((None, *OTHERS))), min_size=1, max_size=3))
def test_whatever_is_changed_it_is_a_file_or_has_faults(changes: list[tuple[int, str | None]]) -> None:
    lines = FILE.split("\n")
    for place, value in changes:
        key, equals, _ = lines[place].partition("=")
        lines[place] = f"{key}= {value}" if value is not None and equals else ""
    found: tuple[tuple[int, str], ...] = ()
    try:
        read_authority_file("\n".join(lines))
    except AuthorityFileFault as fault:
        found = fault.faults
    assert all(1 <= line <= len(lines) and what for line, what in found)


def test_a_large_file_is_read() -> None:
    row = '\n[[status]]\ncode = "%d"\nmeans = "valid"\nvalid_from = 2026-01-01\nsource = "x"\n'
    text = FILE + "".join(row % number for number in range(6_000))
    assert 450_000 < len(text) < 1_000_000
    assert len(read_authority_file(text).statuses.codes.rows) == 6_002
