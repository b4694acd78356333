"""The answer to what an authority pushed."""

from datetime import date

from pydantic import BaseModel


class PushedWordTaken(BaseModel):
    """What became of a word about suspended goods that an authority pushed."""

    reference: str
    """The authority's number of the case."""
    version: int
    result: str
    """`done`, `waiting` (there is no accepted declaration of that MRN yet), `unmatched`, `superseded` (a later version came before), `late`,
    `released`, `ended`, `for_officer` (an officer has to enter it), `refused`, `other_content`."""
    state: str | None
    """How the suspension stands afterwards; null: there is none."""
    deadline: date | None
    """The last day by which somebody has to speak."""
    code: str | None
    """The code of the problem, where the word had no effect because of one."""
    detail: str | None


class NotificationTaken(BaseModel):
    """An authority's push that was taken: how many documents it names, how many declarations are assessed again, and its words."""

    changes: int
    declarations: int
    events: list[PushedWordTaken]
    """What became of each word about suspended goods, in the order in which they came."""
