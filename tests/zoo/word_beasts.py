"""Beasts that read words about suspended goods wrongly, or tell of such goods wrongly."""

from typing import Any

from tests.builders.places import ROOT
from tests.zoo.beast import Beast, kit_beast


def _beast(name: str, mistake: str, by: str, *changes: tuple[str, str], **more: Any) -> Beast:
    return kit_beast(name, mistake, by, *changes, twin=ROOT / "adapters/icsms", own_simulator=True, **more)


WORD_BEASTS = (
    _beast("first_word_where_null", "a message without a number is the first one", "notifications.other_word", ('version=message.count("number")', 'version=message.optional(message.count, "number") or 1'), places=40),
    _beast("notice_by_its_own_key", "each sending of a notice has a key of its own", "notices.not_repeatable", ('"key": notice.key,', '"key": occasion.message_id,'), ('key=answer.text("key", notice.key)', "key=notice.key")),
)  # fmt: skip
