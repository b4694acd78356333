"""Calls that say what an act would do, at addresses of their own: whoever misspells one does nothing."""

from fastapi import FastAPI, Request
from starlette.responses import Response

from gateway.access import Call
from gateway.api.applications import seen
from gateway.api.context import ApiContext, documented, json
from gateway.api.orders import officer_verification, officers_of, release_order
from gateway.api.requests import call
from gateway.api.routes.applications import Id as ApplicationId
from gateway.api.routes.declarations import BASE, CitedReference, CitedType, Id
from gateway.api.schemas import bodies
from gateway.api.views.applications import BASE as APPLICATIONS
from gateway.api.views.dry_runs import (
    ApplicationDryRunBody,
    ReleaseDryRunBody,
    VerificationDryRunBody,
    application_run_body,
    release_body,
    verification_body,
)
from gateway.domain.codec import encode


def register(app: FastAPI, context: ApiContext) -> None:
    """Add the calls to the application."""
    limit = context.settings.limits.body_bytes
    one = f"{BASE}/{{record_id}}"

    @app.post(
        f"{one}/release/dry-run",
        operation_id="release_dry_run",
        tags=["dry runs"],
        **documented({200: ReleaseDryRunBody}, body=bodies.Release),
    )
    async def release(request: Request, record_id: Id) -> Response:
        """Tells what a release with this body would write off, and what the trader would read; nothing is done."""
        caller = context.caller(request, Call.RELEASE)
        payload = await call(request, limit, bodies.Release)
        override = payload.override
        if override is not None:
            caller.must_be_allowed(Call.OVERRIDE)
            by, second = officers_of(caller, override.officer, override.second_officer)
        else:
            by, second = caller.actor(), None
        record = await context.read(request, caller, record_id, Call.RELEASE)
        found = await context.lifecycle.dry_runs.release(record, release_order(payload, by, second), seen=payload.read)
        wording = context.wording(request)
        return json(encode(release_body(found, caller, wording)), wording=wording)

    @app.post(
        f"{one}/documents/{{document_type}}/verification/dry-run",
        operation_id="verification_dry_run",
        tags=["dry runs"],
        **documented({200: VerificationDryRunBody}, body=bodies.OfficersVerification),
    )
    async def verification(
        request: Request, record_id: Id, document_type: CitedType, reference: CitedReference = ""
    ) -> Response:
        """Tells what would be decided with an officer's verification of a cited document; nothing is done, nobody is asked."""
        caller = context.caller(request, Call.VERIFY_DOCUMENT)
        payload = await call(request, limit, bodies.OfficersVerification)
        by, second = officers_of(caller, payload.officer, payload.second_officer)
        record = await context.read(request, caller, record_id, Call.VERIFY_DOCUMENT)
        stated = officer_verification(document_type, reference, payload, by, second, at=context.lifecycle.now())
        found = await context.lifecycle.dry_runs.verification(record, stated, seen=payload.read)
        wording = context.wording(request)
        return json(encode(verification_body(found, caller, wording, context.lifecycle.now())), wording=wording)

    @app.post(
        f"{APPLICATIONS}/{{application_id}}/dry-run",
        operation_id="application_dry_run",
        tags=["dry runs"],
        **documented({200: ApplicationDryRunBody}),
    )
    async def application(request: Request, application_id: ApplicationId) -> Response:
        """Tells what would move and be decided if an application were granted; nothing is done, nobody is asked."""
        caller = context.caller(request, Call.DECIDE_APPLICATION)
        known = await seen(context.case, caller, application_id)
        record = await context.read(request, caller, known.declaration, Call.DECIDE_APPLICATION)
        found = await context.lifecycle.dry_runs.application(record, known)
        wording = context.wording(request)
        return json(
            encode(application_run_body(found, record, caller, wording, context.lifecycle.now())), wording=wording
        )
