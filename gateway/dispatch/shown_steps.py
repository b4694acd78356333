"""The watchers to whom the steps of an adapter's code are shown while they last."""

from contextlib import AbstractContextManager, ExitStack

from gateway import observe
from gateway.dispatch.registry import LoadedAdapter
from gateway.dispatch.sandboxes import SandboxedCode
from gateway.dispatch.step_record import ShownStep, StepRecord
from gateway.process_life import ProcessLife


def shown_steps(record: StepRecord | None, life: ProcessLife | None, loaded: LoadedAdapter) -> ShownStep | None:
    """Return what shows an adapter's steps: those in the loop to the watchdog, and all to whoever supervises the process; None: nobody looks at them.

    Those of adapters that were delivered with the gateway are shown to nobody: what they do is ours.
    """
    name, watchdog = loaded.config.name, None if isinstance(loaded.adapter, SandboxedCode) else record
    to = [one for one in (life, watchdog) if one is not None]
    if loaded.delivered or not to:
        return None

    def shown() -> AbstractContextManager[object]:
        declaration = observe.declaration_id.get()
        if len(to) == 1:
            return to[0].step(name, declaration)
        to_all = ExitStack()
        for one in to:
            to_all.enter_context(one.step(name, declaration))
        return to_all

    return shown
