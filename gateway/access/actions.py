"""The acts that a caller's role may do with a declaration at all, by the table of calls, and which of them are possible now."""

from collections.abc import Mapping
from types import MappingProxyType

from gateway.access.callers import Caller
from gateway.access.calls import Call
from gateway.domain.actions import ActionName, PossibleAct, action
from gateway.domain.permission import Party, PermittedAct, Stage, Verdict, verdict
from gateway.domain.record import Record

CALLS: Mapping[ActionName, Call] = MappingProxyType(
    {
        ActionName.VERIFY: Call.VERIFY_DOCUMENT,
        ActionName.RELEASE: Call.RELEASE,
        ActionName.OVERRIDE: Call.OVERRIDE,
        ActionName.CONFIRM: Call.CONFIRM,
        ActionName.ASSESS: Call.ASSESS,
        ActionName.CONTROL: Call.CONTROL,
        ActionName.INTERVENE: Call.INTERVENE,
        ActionName.ACCEPT: Call.ACCEPT,
        ActionName.AMEND: Call.AMEND,
        ActionName.INVALIDATE: Call.INVALIDATE,
        ActionName.END_EXAMINATION: Call.CONTROL,
        ActionName.DECIDE_APPLICATION: Call.DECIDE_APPLICATION,
        ActionName.WITHDRAW_APPLICATION: Call.WITHDRAW_APPLICATION,
    }
)
"""The call by which each is done."""
_PERMITTED: Mapping[ActionName, PermittedAct] = MappingProxyType(
    {
        ActionName.CONTROL: PermittedAct.CONTROL,
        ActionName.ACCEPT: PermittedAct.ACCEPT,
        ActionName.AMEND: PermittedAct.AMEND,
        ActionName.INVALIDATE: PermittedAct.INVALIDATE,
        ActionName.END_EXAMINATION: PermittedAct.CONTROL,
        ActionName.DECIDE_APPLICATION: PermittedAct.DECIDE_APPLICATION,
        # Who may apply for an invalidation may apply at all, and take back what was applied for, whatever the stage.
        ActionName.WITHDRAW_APPLICATION: PermittedAct.INVALIDATE,
    }
)


def actions(caller: Caller, record: Record, party: Party) -> tuple[PossibleAct, ...]:
    """Return what a caller, who is such a party, may do with a declaration; what its role may never do is not among it."""
    found = []
    for name, call in CALLS.items():
        if not caller.may(call):
            continue
        says = Verdict.ACT
        if (act := _PERMITTED.get(name)) is not None:
            says = verdict(caller.asker, party, record.stage, act)
            if says is Verdict.REFUSED and verdict(caller.asker, party, Stage.LODGED, act) is Verdict.REFUSED:
                # Whatever the stage, it is not theirs to do.
                continue
        found.append(action(name, record, says))
    return tuple(found)
