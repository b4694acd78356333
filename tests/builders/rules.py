"""The rule of identity of TRACES, as it runs where its adapter is neither delivered nor proven."""

from pathlib import Path

from gateway.dispatch.identity_rule import SandboxedRule
from gateway.sandbox.sandbox import Sandbox
from tests.dispatch.sandboxed import FOLDER, sandboxed


def rule_in_sandbox(folder: Path = FOLDER, *, ready: bool = True) -> SandboxedRule:
    """Gives it, in a sandbox that is `ready`, or has ended; another one is started as long as its folder is as it was."""
    code = sandboxed("tests.dispatch.beasts", "Beast", folder=folder, identity="adapters.traces.certificate:identity")
    sandbox = Sandbox(code.code)
    assert sandbox.ready(10.0).fault is None
    rule = SandboxedRule(code, sandbox)
    if not ready:
        rule.close()
    return rule
