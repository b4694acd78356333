"""The rule of identity of TRACES, as it runs where its adapter is neither delivered nor proven."""

from gateway.dispatch.identity_rule import SandboxedRule
from gateway.sandbox.sandbox import Sandbox
from tests.dispatch.sandboxed import sandboxed


def rule_in_sandbox() -> SandboxedRule:
    """Gives it, in a sandbox that is ready."""
    code = sandboxed("tests.dispatch.beasts", "Beast", identity="adapters.traces.certificate:identity")
    sandbox = Sandbox(code.code)
    assert sandbox.ready(10.0).fault is None
    return SandboxedRule(code, sandbox)
