"""The driver of an adapter in the loop: how what an adapter raises comes out of it."""

import pytest

from gateway.contract import AdapterError, Response, UnexpectedAnswer
from gateway.dispatch.exchange import LoopStepper
from gateway.dispatch.exchange_time import endless
from gateway.sandbox.steps import AdapterCall
from tests.builders.driving import OCCASION
from tests.dispatch.misbehaviour import odd, raising


async def raised_by(error: BaseException) -> AdapterError:
    driver = LoopStepper(odd(raising(error)))
    exchange, _ = await driver.start(AdapterCall(method="verify", subject=None), OCCASION, endless())
    with pytest.raises(AdapterError) as raised:
        await driver.resume(exchange, Response(status=200, headers={}, body=b""), endless())
    return raised.value


async def test_an_error_of_the_contract_is_not_its_own_cause() -> None:
    error = UnexpectedAnswer("the answer is no certificate")
    assert await raised_by(error) is error
    # As its own cause it would stay, with the answer in its frames, until a search for cycles finds it.
    assert error.__cause__ is None


async def test_any_other_error_is_the_cause_of_one_of_the_contract() -> None:
    error = KeyError("status")
    assert (await raised_by(error)).__cause__ is error
