"""The quantities that a declaration's documents have to hold before release, as targets for what is ordered of authorities."""

from gateway.decisions import Judgement
from gateway.domain.tables.rows import QuantityMode
from gateway.quantities.targets import Aim, Target


def intended_targets(judgement: Judgement) -> list[Target]:
    """Return what the fit documents of a declaration have to hold, by the rules."""
    return [
        Target(
            type=one.type,
            reference=one.reference,
            adapter=one.adapter,
            aim=Aim.HOLD,
            lines=one.lines,
            reserves=one.mode is QuantityMode.LEDGER,
            yearly=one.mode is QuantityMode.ACCOUNT,
        )
        for one in judgement.intended()
    ]
