"""An adapter that says in what it raises what stands in the answer."""

from gateway.contract import Answer, DocumentQuery, Exchange, Occasion, Request, Settings
from gateway.contract.reading import read_json


class Talker:
    """Asks once, and raises with a person's name."""

    def __init__(self, settings: Settings) -> None:
        pass

    def verify(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Answer]:
        """Asks, and raises."""
        response = yield Request(path="/x")
        raise KeyError(read_json(response.body).text("name"))
