"""The form of an act: what was typed, and what is wrong with it, field by field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from decimal import Decimal

from gateway.domain.errors import CallInvalid
from gateway.domain.legible import is_illegible
from gateway.domain.record import ReadState
from gateway.web.amounts import AmountFault, TwofoldAmount, amount_of, grouped
from gateway.web.visit import Visit

MOST_REASON = 512
WRITTEN = "written"
"""The hidden field that says in which language a form was shown."""
_UNREAD = "The form does not say which version and decision were read."
"""The refusal of a form that none of ours is."""
_MOST_NUMBER = 9
_LOCAL, _LOCAL_LENGTH = "%Y-%m-%dT%H:%M", 16


@dataclass(slots=True)
class ActForm:
    """A form as it was typed, and its faults: pairs of field and sentence."""

    visit: Visit
    typed: Mapping[str, str]
    faults: list[tuple[str, str]] = field(default_factory=list)
    is_kept: bool = False
    """Whether it was typed before its session ended, and nothing was done."""

    @classmethod
    async def of(cls, visit: Visit) -> "ActForm":
        """Return what was sent; before that what was kept of it over sign-in, or nothing.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        if visit.request.method == "POST":
            return cls(visit, visit.form)
        kept = await visit.draft()
        return cls(visit, kept, is_kept=bool(kept))

    def get(self, name: str) -> str:
        """Return the text typed into a field, without blanks around it."""
        return self.typed.get(name, "").strip()

    def fault(self, name: str, sentence: str) -> None:
        """Note a fault of a field."""
        self.faults.append((name, sentence))

    def fault_of(self, name: str) -> str:
        """Return the fault of a field; empty: nothing."""
        return next((sentence for one, sentence in self.faults if one == name), "")

    def words(self, name: str, *, needed: str = "", most: int = MOST_REASON) -> str | None:
        """Return a text in somebody's own words; None: there is none, or it is wrong. `needed`: what is said without one."""
        text = self.get(name).replace("\r\n", "\n")
        if not text:
            if needed:
                self.faults.append((name, needed))
            return None
        if len(text) > most:
            self.fault(name, self.visit.text("act.too_long", most=most, count=len(text)))
            return None
        if unseen := next((one for one in text if is_illegible(one) and one not in "\n\t"), None):
            self.fault(name, self.visit.text("act.unseen", sign=f"U+{ord(unseen):04X}"))
            return None
        return text

    def one_of(self, name: str, allowed: frozenset[str], *, needed: str) -> str | None:
        """Return a choice; None: nothing is chosen that may be."""
        chosen = self.get(name)
        if chosen in allowed:
            return chosen
        self.faults.append((name, needed))
        return None

    def amount(self, name: str) -> Decimal | None:
        """Return an amount above zero, read by the page's language; None: it is none, or can be read in two ways."""
        visit, text = self.visit, self.get(name)
        # A page that was opened in one language is not sent in another as another number.
        languages = [visit.language, *({self.get(WRITTEN)} & visit.web.templates.keys() - {visit.language})]
        try:
            found = [amount_of(text, language) for language in languages]
        except TwofoldAmount as error:
            self.fault(name, visit.text("act.amount_twofold", one=error.one, other=error.other))
            return None
        except AmountFault:
            self.fault(name, visit.text("act.amount_needed"))
            return None
        if len(set(found)) > 1:
            one, other = (grouped(each, visit.language) for each in found)
            self.fault(name, visit.text("act.amount_twofold", one=one, other=other))
            return None
        return found[0]

    def moment(self, name: str, zone: tzinfo) -> datetime | None:
        """Return a moment that was typed in the office's zone; None: it is none."""
        text = self.get(name)
        try:
            # Some browsers add seconds.
            form = _LOCAL if len(text) == _LOCAL_LENGTH else f"{_LOCAL}:%S"
            return datetime.strptime(text, form).replace(tzinfo=zone).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fault(name, self.visit.text("act.moment_needed"))
            return None

    def read(self) -> ReadState:
        """Return the version and decision that were read.

        Raises:
            CallInvalid: the form does not say, which no form of ours does.
        """
        numbers = [self.get(name) for name in ("version", "decision")]
        if not all(one.isascii() and one.isdecimal() and len(one) <= _MOST_NUMBER for one in numbers):
            raise CallInvalid(_UNREAD)
        return ReadState(version=int(numbers[0]), decision=int(numbers[1]))
