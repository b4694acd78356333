"""Beasts whose code does what no adapter's may: imports, calls, cost, and what it gives away."""

from tests.zoo.beast import Beast, kit_beast
from tests.zoo.core_beasts import QUERY
from tests.zoo.reading_beasts import LINES, READ, START, STATUS

IMPORT = '"""Asks the Orchard Office about permits, page by page, and orders movements of their quantities: the zoo\'s good twin."""\n'


def _importing(name: str, mistake: str, line: str) -> Beast:
    return kit_beast(name, mistake, "imports.not_allowed", (IMPORT, f"{IMPORT}\n{line}\n"))


def _calling(name: str, mistake: str, line: str) -> Beast:
    return kit_beast(name, mistake, "imports.call_not_allowed", (START, f"        {line}\n{START}"))


def _killed(name: str, mistake: str, line: str, *, at: str = STATUS, check: str = "statuses") -> Beast:
    return kit_beast(name, mistake, "package.killed", (at, f"        {line}\n{at}"), check=check)


CODE_BEASTS = (
    _importing("own_http", "it calls the authority by itself", "import urllib.request"),
    _importing("own_clock", "it has a clock of its own", "import time"),
    _importing("own_dice", "it has dice of its own", "import random"),
    _importing("environment", "it reads the environment", "import os"),
    _importing("own_threads", "it starts threads", "import threading"),
    _importing("own_socket", "it opens a connection", "from socket import create_connection"),
    _importing("insider", "it imports the gateway's insides", "from gateway.dispatch import transport"),
    _importing("by_name", "it imports by name", "import importlib"),
    _importing("library", "a library of the agency's", "import agency.common"),
    _calling("today", "it asks for today", "date.today()"),
    _calling("opens", "it opens a file", 'open("/etc/hostname")'),
    _calling("reads_elsewhere", "it reads a file that is not its own", 'Path("/etc/hostname").read_text()'),
    _calling("writes", "it writes a file", 'Path(__file__).with_name("kept").write_text("x")'),
    _calling("evaluates", "it runs the answer as code", 'eval("1")'),
    _calling("hidden_import", "it imports behind the back", '__import__("socket")'),
    kit_beast("log_secret", "it logs its secret", "disclosure.secret_shown", (START, f'        __import__("logging").warning("signing with %s", self._key)\n{START}')),
    kit_beast("secret_in_path", "its secret stands in the path", "disclosure.secret_in_path", (QUERY, QUERY.replace("&page={page}", "&page={page}&key={self._key}"))),
    kit_beast("secret_in_facts", "its secret stands in a fact", "disclosure.secret_shown", ('facts={"office": pages[0].text("office")}', 'facts={"signed_with": self._key}')),
    kit_beast("all_facts", "all that the authority says is a fact", "disclosure.person_shown", ('facts={"office": pages[0].text("office")}', "facts={key: str(value) for key, value in pages[0].values.items()}")),
    kit_beast("quotes", "its messages quote the answer", "disclosure.person_shown", (READ, "            try:\n                answer = read_json(response.body)\n            except UnexpectedAnswer as error:\n                raise UnexpectedAnswer(f'not understood: {response.body!r}') from error\n")),
    kit_beast("recorded_key", "a recording with a key in it", "package.recordings", files={"exchanges/valid.toml": (("page=1", "page=1&api_key=7c1f0e22"),)}, check="statuses"),
    kit_beast("recorded_person", "a recording with a person in it", "package.recordings", files={"exchanges/valid.toml": (('about = "Permit OO/17"', 'about = "Permit OO/17, e-mail: erika.mustermann@agency-mail.eu"'),)}, check="statuses"),
    kit_beast("quadratic", "for each line it looks through all lines", "cost.too_much", (LINES, LINES + "        for permit in pages:\n            rows = permit.records(\"lines\")\n            for one in rows:\n                if len([other for other in rows if other.values['line'] == one.values['line']]) > 1:\n                    raise UnexpectedAnswer('a line twice')\n")),
    _killed("spins", "it reckons without end", "while pages:\n            pass"),
    _killed("waits", "it waits for something that never comes", "import threading\n        threading.Event().wait(60)"),
    _killed("leaves", "it ends the process", "import os\n        os._exit(0)"),
    _killed("forks", "it starts a process", "import os\n        os.fork()"),
    _killed("eats", "it takes 3 GB of memory", "bytes(3 << 30)"),
    _killed("backtracks", "a regular expression that explodes", 're.fullmatch(r"([a-z]+)*[0-9]", query.reference)', at=START, check="references"),
)  # fmt: skip
