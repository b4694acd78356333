"""Beasts that send what is not of the occasion, and those whose patterns or units nobody looked at."""

from tests.zoo.beast import Beast, kit_beast
from tests.zoo.core_beasts import SENT
from tests.zoo.reading_beasts import START

ID = '{"X-Request-Id": occasion.message_id,'
OFFICE = 'pages[0].text("office")'
CLASS = "class TwinAdapter:"


def _sending(name: str, mistake: str, by: str, what: str) -> Beast:
    return kit_beast(name, mistake, by, (ID, f"{{{what},"))


OCCASION_BEASTS = (
    _sending("kept_id", "it keeps the first message's id", "repeats.message_id_reused", '"X-Request-Id": self.__dict__.setdefault("kept", occasion.message_id)'),
    _sending("former_id", "it sends the id of the message before", "repeats.message_id_reused", '"X-Request-Id": occasion.message_id, "X-Former": self.__dict__.pop("former", "") + str(self.__dict__.update(former=occasion.message_id) or "")'),
    _sending("same_id", "every message has the same id", "repeats.message_id_reused", '"X-Request-Id": "orchard-gateway"'),
    _sending("kept_nonce", "it keeps the first nonce", "repeats.message_id_reused", '"X-Nonce": self.__dict__.setdefault("nonce", occasion.nonce).hex()'),
    _sending("kept_moment", "it keeps the first moment", "repeats.message_id_reused", '"X-Sent-At": self.__dict__.setdefault("at", occasion.at).isoformat()'),
    _sending("kept_digest", "it signs with the first nonce", "repeats.not_identical", '"X-Digest": hashlib.sha256(self.__dict__.setdefault("nonce", occasion.nonce)).hexdigest()'),
    kit_beast("page_id", "each page is asked for with the first page's id", "repeats.message_id_reused", (SENT, SENT.replace("occasion.nth(page - 1)", "occasion"))),
    kit_beast("learns", "the first answer's office is every answer's", "repeats.other_result", (OFFICE, 'self.__dict__.setdefault("office", f"{number} {pages[0].text(\'office\')}")')),
    kit_beast("explosive", "a pattern that explodes on what no recording has", "patterns.explodes", (CLASS, f'NAME = r"([A-Za-z]+[ .-]?)+"\n\n\n{CLASS}'), (OFFICE, 'pages[0].text("office", f"{NAME}[0-9]+")'), place="adapter.py:"),
    kit_beast("explosive_push", "a pattern that explodes, in what reads a push", "patterns.explodes", ('        pushed = read_json(request.body)\n', '        pushed = read_json(request.body)\n        if re.search(rb"^(?:[{{\\s]*)*nothing", request.body):\n            raise UnexpectedAnswer("nothing")\n'), place="adapter.py:"),
    kit_beast("overlapping", "three parts that overlap", "patterns.explodes", (START, START + '        re.fullmatch("[A-Z/]*[A-Z0-9/]*[0-9/]*[/0]*!", query.reference)\n')),
)  # fmt: skip
