"""Beasts that no gateway starts with."""

from tests.zoo.beast import Beast, Catch

CLASS = "class TwinAdapter:"


def _manifest(name: str, mistake: str, by: str, old: str, new: str) -> Beast:
    return Beast(name=name, mistake=mistake, caught=Catch.START, by=by, files={"manifest.toml": ((old, new),)})


def _code(name: str, mistake: str, by: str, *changes: tuple[str, str]) -> Beast:
    return Beast(name=name, mistake=mistake, caught=Catch.START, by=by, changes=changes)


def _identity(name: str, mistake: str, by: str, body: str) -> Beast:
    rule = f"_SEEN = []\n\n\ndef identity(document_type, reference):\n    return {body}\n\n\n{CLASS}"
    named = 'entry_point = "adapter:TwinAdapter"\nidentity = "adapter:identity"'
    return Beast(
        name=name,
        mistake=mistake,
        caught=Catch.START,
        by=by,
        changes=((CLASS, rule),),
        files={"manifest.toml": (('entry_point = "adapter:TwinAdapter"', named),)},
    )


START_BEASTS = (
    _manifest("unknown_key", "a key that nobody knows", "retries: unknown key", "contract =", "retries = 3\ncontract ="),
    _manifest("no_types", "no document types", "document_types: it is empty", '["C690"]', "[]"),
    _manifest("types_in_words", "a document type in words", "is no document code", '["C690"]', '["Fruit permit"]'),
    _manifest("future", "a contract of the future", "it is built for contract 1.99", '"1.7"', '"1.99"'),
    _manifest("both", "reservations and usage at once", "it cannot claim both", '"quantity"', '"quantity", "usage"'),
    _manifest("no_class", "an entry point that is not there", "has no attribute", "adapter:TwinAdapter", "adapter:Adapter"),
    _manifest("no_trips", "no request at all", "limits.round_trips", "round_trips = 8", "round_trips = 0"),
    _manifest("secret_twice", "a secret that is a setting too", "stands in settings too", "secrets =", 'settings = ["signing_key"]\nsecrets ='),
    _manifest("huge_manifest", "a manifest of 1 MB", "longer than", "contract =", f"# {'x' * 1_000_000}\ncontract ="),
    _manifest("own_key", "a setting of the gateway's own name", "is a key of the gateway's own", "secrets =", 'settings = ["base_url"]\nsecrets ='),
    _code("no_cancel", "a promise of movements without `cancel`", "has no method cancel", ("def cancel(", "def cancel_it(")),
    _code("no_import", "a library that is not there", "No module named", (CLASS, f"import agency_http_client\n\n\n{CLASS}")),
    _code("hangs", "it does not end its import", "took longer than", (CLASS, f"while True:\n    pass\n\n\n{CLASS}")),
    _code("exits", "it ends the process at its import", "ended its process with status 3", (CLASS, f"__import__('os')._exit(3)\n\n\n{CLASS}")),
    _code("undeclared", "a setting that its manifest does not name", "KeyError", ('secrets["signing_key"]', 'values["region"]')),
    _identity("identity_grows", "a rule of identity that changes its own answer", "changes its own answer", "reference + '!'"),
    _identity("identity_none", "a rule of identity that gives nothing", "gives no text", "None"),
    _identity("identity_counts", "a rule of identity that counts", "when it is asked again", "f'{reference}{len(_SEEN.append(1) or _SEEN)}'"),
)  # fmt: skip
