"""Reports of released goods to an authority, and the reading of those that it has.

A report is sent once. Whatever is not a clear receipt leaves it in doubt, and what the authority has shows whether it came.
"""

from gateway.contract import DocumentQuery, Manifest, Reported, ReportOrder
from gateway.contract.errors import UnreadableValue
from gateway.dispatch.answers import judged_report, judged_reports
from gateway.dispatch.authority_client import AuthorityClient, CallFault
from gateway.dispatch.evidence import MessageRecord
from gateway.dispatch.http import MaySend
from gateway.domain.report_results import ReportSent, ReportsRead
from gateway.sandbox.steps import AdapterCall

CAPABILITY = "report"


def is_told(manifest: Manifest) -> bool:
    """Whether an adapter's authority takes reports of released goods."""
    return CAPABILITY in manifest.capabilities


async def send_report(
    client: AuthorityClient, order: ReportOrder, *, within_s: float, may_send: MaySend | None = None
) -> ReportSent:
    """Send one report, once. Never raises, unless it is cancelled. `may_send` is asked before the bytes of its requests go."""
    trail = MessageRecord(client.redaction)
    ended = False

    def judge(value: object) -> Reported:
        nonlocal ended
        ended = True
        return judged_report(value, order)

    call = client.call(
        AdapterCall(method="report", subject=order),
        judge,
        lambda reported: "reported",
        within_s=within_s,
        trail=trail,
        reads=False,
        may_send=may_send,
    )
    came = await client.once(call)
    # A receipt that is not believed says nothing of what was sent either.
    disbelieved = isinstance(came, CallFault) and (ended or came.code == UnreadableValue.code)
    return ReportSent(
        reported=None if isinstance(came, CallFault) else came,
        cause=came.code if isinstance(came, CallFault) else None,
        sent=trail.moved or disbelieved,
        evidence=trail.items(),
        message_ids=tuple(call.message_ids),
    )


async def read_reports(client: AuthorityClient, query: DocumentQuery, *, within_s: float) -> ReportsRead:
    """Read which reports of the asking declaration an authority has, again where it is worth it. Never raises, unless it is cancelled."""
    call = client.call(
        AdapterCall(method="reported", subject=query), judged_reports, lambda reports: "reports", within_s=within_s
    )
    came = await client.insistently(call)
    return ReportsRead(
        reports=None if isinstance(came, CallFault) else came,
        cause=came.code if isinstance(came, CallFault) else None,
        evidence=call.trail.items(),
        message_ids=tuple(call.message_ids),
    )
