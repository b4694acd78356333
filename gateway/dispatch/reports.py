"""Reports of released goods to an authority, and the reading of those that it has.

A report is sent once. Whatever is not a clear receipt leaves it in doubt, and what the authority has shows whether it came.
"""

from gateway.contract import DocumentQuery, Manifest, ReportOrder
from gateway.dispatch.answers import judged_report, judged_reports
from gateway.dispatch.authority_client import AuthorityClient
from gateway.dispatch.http import MaySend
from gateway.dispatch.made_once import read_back, send_once
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
    call = AdapterCall(method="report", subject=order)
    made = await send_once(
        client,
        call,
        lambda value, _: judged_report(value, order),
        lambda _: "reported",
        within_s=within_s,
        may_send=may_send,
    )
    return ReportSent(
        reported=made.value, cause=made.cause, sent=made.sent, evidence=made.evidence, message_ids=made.message_ids
    )


async def read_reports(client: AuthorityClient, query: DocumentQuery, *, within_s: float) -> ReportsRead:
    """Read which reports of the asking declaration an authority has, again where it is worth it. Never raises, unless it is cancelled."""
    read = await read_back(client, AdapterCall(method="reported", subject=query), judged_reports, within_s=within_s)
    return ReportsRead(reports=read.value, cause=read.cause, evidence=read.evidence, message_ids=read.message_ids)
