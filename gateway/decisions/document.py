"""Tells people what the rules are: one table, from the ruleset, the tables and the catalogue."""

from gateway.decisions.meaning import RULE_FAILED
from gateway.decisions.ruleset import RULESET
from gateway.domain.decision import Effect, Mode
from gateway.domain.tables import Nature, Stage, Tables


def rules_table(tables: Tables) -> str:
    """Writes all findings as a Markdown table: what each means now, whether it counts, and what a trader is told."""
    promises = {code: rule.promise for rule in RULESET for code in rule.codes}
    promises[RULE_FAILED] = "A rule that fails is a hold."
    messages = {message.code: message for message in tables.messages}
    shadows = {row.rule: row for row in tables.modes if row.mode is Mode.SHADOW and row.valid_to is None}
    advice = {
        (nature, row.effect, stage): row.advice
        for row in tables.advice
        if row.valid_to is None
        for nature in row.natures
        for stage in row.stages
    }
    lines = [
        "| code | finding | effect | advice before / after acceptance | mode | rule | what the trader reads | legal basis |",
        "|---|---|---|---|---|---|---|---|",
    ]
    meanings = {code: row for row in sorted(tables.rules, key=lambda row: row.valid_from) for code in row.codes}
    for code, row in sorted(meanings.items()):
        message = messages.get(code)
        cells = (
            f"`{code}`",
            message.title if message is not None else "",
            row.effect.value,
            _advised(advice.get((row.nature, row.effect, Stage.BEFORE_ACCEPTANCE)), row.effect)
            + " / "
            + _advised(advice.get((row.nature, row.effect, Stage.AFTER_ACCEPTANCE)), row.effect),
            _mode(shadows.get(code) is not None, row.nature),
            promises.get(code, ""),
            f"{message.message} {message.remedy}" if message is not None else "",
            row.legal_basis,
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _advised(advice: object, effect: Effect) -> str:
    return str(advice) if advice is not None else "none" if effect.gravity < Effect.HOLD.gravity else "by effect"


def _mode(shadow: bool, nature: Nature) -> str:
    if nature is Nature.UNDETERMINED:
        return "always active"
    return "shadow" if shadow else "active"
