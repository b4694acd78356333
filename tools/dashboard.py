"""The Grafana dashboard of a gateway; `python -m tools.dashboard` writes `deploy/grafana/gateway.json`.

What stands in the database is told by every replica, so the greatest of them is taken; what processes count is added up. Zero is shown
only where it is known: for a figure of the database only while the database answers, for a counter only while the gateway is scraped.
"""

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Literal, NamedTuple

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    LegendDisplayMode,
    LegendPlacement,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DataSourceRef,
    Threshold,
    ThresholdsMode,
    VariableRefresh,
    VariableSort,
)

FILE = Path(__file__).parents[1] / "deploy" / "grafana" / "gateway.json"
_SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
_JOB = 'job="$job"'
_OVER = "[$__rate_interval]"
_ANSWERED = f"gateway_store_answers{{{_JOB}}} == 1"
"""The replicas whose figures of the database are told."""
_SCRAPED = f"gateway_build_info{{{_JOB}}}"
"""The replicas whose counters are told."""


class Query(NamedTuple):
    """What is asked of Prometheus, and how each series is called."""

    expr: str
    legend: str


class Panel(NamedTuple):
    """A picture or a number: what it shows, what to do about it, and what it is made of."""

    title: str
    text: str
    unit: str
    queries: tuple[Query, ...]
    kind: Literal["line", "number"] = "line"
    red_from: float | None = None
    """The number is red from here on; None: never."""
    red_below: float | None = None


def of(figure: str, only: str = "") -> str:
    """Return the series of a figure, of the chosen job, under a further condition."""
    return f"{figure}{{{_JOB}{',' if only else ''}{only}}}"


def _by(labels: Sequence[str]) -> str:
    return f" by ({', '.join(labels)})" if labels else ""


def rate(figure: str, *by: str, only: str = "") -> str:
    """Return how often a second something was counted, over all replicas."""
    return f"sum{_by(by)} (rate({of(figure, only)}{_OVER}))"


def stands(figure: str, *by: str, only: str = "") -> str:
    """Return what stands in the database, which every replica tells."""
    return f"max{_by(by)} ({of(figure, only)})"


def quantile(share: float, figure: str, *by: str) -> str:
    """Return the seconds within which such a share of what was timed was done."""
    return f"histogram_quantile({share}, sum by ({', '.join(('le', *by))}) (rate({of(f'{figure}_bucket')}{_OVER})))"


def _or_zero(query: str, where: str, label: str) -> str:
    zero = f"0 * max({where})"
    if label:
        zero = f'label_replace({zero}, "{label}", "none", "", "")'
    return f"{query} or on () {zero}"


def known(query: str, label: str = "") -> str:
    """Return what stands in the database, and zero where the database answers and has none."""
    return _or_zero(query, _ANSWERED, label)


def counted(query: str, label: str = "") -> str:
    """Return what processes count, and zero where they are scraped and have counted none."""
    return _or_zero(query, _SCRAPED, label)


def _quantiles(figure: str) -> tuple[Query, ...]:
    return tuple(Query(quantile(share, figure), f"p{share * 100:.0f}") for share in (0.5, 0.95, 0.99))


def _number(title: str, text: str, query: str, unit: str = units.Short, **more: float) -> Panel:
    return Panel(title, text, unit, (Query(query, title),), "number", **more)


_FAULTS = (
    ("gateway_rule_failures_total", "rules that failed"),
    ("gateway_declarations_ending_processes_total", "declarations that end processes"),
    ("gateway_commits_fell_apart_total", "commits that fell apart"),
    ("gateway_evidence_changed_total", "evidence changed"),
    ("gateway_processes_ended_total", "processes that ended"),
    ("gateway_processes_stood_still_total", "processes that stood still"),
    ("gateway_counts_lost_total", "counts lost"),
    ("gateway_doubts_noted_total", "orders sent under a lease that may have been over"),
)
_CALLS = rate("gateway_authority_calls_total", "adapter")
_FAILED_CALLS = rate("gateway_authority_calls_total", "adapter", only='outcome=~"SW-ADP-.*"')
_UNANSWERED = f"{_FAILED_CALLS} / ({_CALLS} > 0) or 0 * ({_CALLS} > 0)"
_IN_DOUBT = stands("gateway_movements_open", "adapter", only='state="in_doubt"')
_TIMES = ("gateway_held_oldest_seconds", "gateway_held_authority_oldest_seconds")

ROWS: tuple[tuple[str, tuple[Panel, ...]], ...] = (
    (
        "Where it stands",
        (
            _number("Gateways scraped", "Replicas that Prometheus reaches. Fewer than you run: see GatewayDown.", f"sum({of('up')})", red_below=1),
            _number("Database answers", "1: every replica reaches it. 0: one does not, and nothing is told of what stands in it; see GatewayDatabaseNotAnswering.", f"min({of('gateway_store_answers')})", red_below=1),
            _number("Held now", "Declarations held or refused. What holds them is in the row Held.", stands("gateway_held_declarations")),
            _number("Oldest held", "0: none is held. Officers see it first in their list: gateway list.", known(stands("gateway_held_declarations_oldest_seconds")), units.Seconds),
            _number("Waiting for a decision", "Declarations that no replica has in hand. It grows: see GatewayBacklogOld.", stands("gateway_backlog_waiting"), red_from=1000),
            _number("Movements in doubt", "Orders of quantities of which nobody knows yet whether they took effect; gateway settle lists them.", known(f"sum ({_IN_DOUBT})"), red_from=1),
            _number("Authorities not answering", "Authorities that processes leave alone; gateway adapters says which and since when.", known(f"count ({stands('gateway_breakers_open', 'adapter')} > 0)"), red_from=1),
            _number("Adapters off or quarantined", "They hold everything that they are asked about until somebody enables them.", f"sum({stands('gateway_adapters_disabled')})", red_from=1),
            _number("Orders waiting for a second person", "gateway approvals list shows them.", stands("gateway_approvals_waiting")),
            _number("Given up", "Held for an answer that is not asked for again by itself: an officer has to act.", stands("gateway_given_up"), red_from=1),
            _number("Age of the newest checkpoint", "One is made every hour. 0 with no checkpoint at all: gateway_checkpoint is 0 then.", known(stands("gateway_checkpoint_oldest_seconds")), units.Seconds, red_from=7200),
            _number("Versions that run", "More than 1 for long: an upgrade was not brought to its end.", f"count(count by (version) ({of('gateway_build_info')}))", red_from=2),
        ),
    ),
    (
        "Traffic and decisions",
        (
            Panel("Declarations received", "By format. None for long, in working hours: does customs' system reach the gateway?", units.OpsPerSecond, (Query(counted(rate("gateway_declarations_received_total", "format"), "format"), "{{format}}"),)),
            Panel("Decisions", "By effect. Received, but not decided: see GatewayNothingDecided.", units.OpsPerSecond, (Query(counted(rate("gateway_decisions_total", "effect"), "effect"), "{{effect}}"),)),
            Panel("Seconds to a decision", "From taking up a declaration, with all that authorities were asked. Slow: compare with the seconds of calls to authorities, then with the database.", units.Seconds, _quantiles("gateway_decision_seconds")),
            Panel("Findings of decisions", "The ten most frequent. One that rises suddenly: docs/rules.md says what it means.", units.OpsPerSecond, (Query(counted(f"topk(10, {rate('gateway_findings_total', 'finding')})", "finding"), "{{finding}}"),)),
            Panel("Notices", "An alert is for officers; gave_up: an answer is not asked for again by itself.", units.OpsPerSecond, (Query(counted(rate("gateway_notices_total", "kind"), "kind"), "{{kind}}"),)),
            Panel("Calls answered", "By status. 5xx: the database, or a fault; 429 and 503 are refusals of too much.", units.RequestsPerSecond, (Query(rate("gateway_http_request_seconds_count", "status"), "{{status}}"),)),
            Panel("Seconds to an answer", "p99 of each route. A call that waits for a decision waits as long as that takes.", units.Seconds, (Query(f"topk(10, {quantile(0.99, 'gateway_http_request_seconds', 'route')})", "{{route}}"),)),
            Panel("Refused", "keys: somebody tries keys; share, backlog and others: too much at once; slow, unread, connections: at the door. See GatewayRefusing.", units.RequestsPerSecond, (Query(counted(rate("gateway_refused_total", "reason"), "reason"), "{{reason}}"),)),
        ),
    ),
    (
        "Held",
        (
            Panel("Held by finding", "Declarations held or refused now, the fifteen most frequent findings. One declaration may have several.", units.Short, (Query(known(f"topk(15, {stands('gateway_held', 'finding')})", "finding"), "{{finding}}"),)),
            Panel("Held by authority", "The authority whose documents stand against release: tell it, or open a contingency window.", units.Short, (Query(known(stands("gateway_held_authority", "authority"), "authority"), "{{authority}}"),)),
            Panel("Oldest held by finding", "See GatewayHeldNotDetermined.", units.Seconds, (Query(known(f"topk(15, {stands(_TIMES[0], 'finding')})", "finding"), "{{finding}}"),)),
            Panel("Oldest held by authority", "The same for each authority.", units.Seconds, (Query(known(stands(_TIMES[1], "authority"), "authority"), "{{authority}}"),)),
            Panel("Not listed yet", "Declarations decided by another version of which it is not known here whether they are held. It falls by itself after an upgrade.", units.Short, (Query(stands("gateway_unlisted_declarations"), "declarations"),)),
            Panel("Oldest not listed, oldest given up", "0: there is none.", units.Seconds, (
                Query(known(stands("gateway_unlisted_declarations_oldest_seconds")), "not listed"),
                Query(known(stands("gateway_given_up_oldest_seconds")), "given up"),
            )),
        ),
    ),
    (
        "Authorities",
        (
            Panel("Calls by outcome", "SW-ADP-01: not reached; 02: our credentials are refused; 03: our request is; 04: an answer that its adapter does not know.", units.OpsPerSecond, (Query(counted(rate("gateway_authority_calls_total", "adapter", "outcome"), "adapter"), "{{adapter}} {{outcome}}"),)),
            Panel("Share of calls without an answer", "Half of them for ten minutes: see GatewayAuthorityFailing.", units.PercentUnit, (Query(_UNANSWERED, "{{adapter}}"),)),
            Panel("Seconds of a call", "p95 of each authority. Near deadline_seconds: it will not answer soon.", units.Seconds, (Query(quantile(0.95, "gateway_authority_call_seconds", "adapter"), "{{adapter}}"),)),
            Panel("Processes that leave it alone", "Its breaker is open: what it is asked about is held. It closes by itself once the authority answers.", units.Short, (Query(known(stands("gateway_breakers_open", "adapter"), "adapter"), "{{adapter}}"),)),
            Panel("Off or quarantined", "See GatewayAdapterOff: mend it, then enable it.", units.Short, (Query(known(stands("gateway_adapter_off", "adapter", "state"), "adapter"), "{{adapter}} {{state}}"),)),
            Panel("Off for", "0: none is off.", units.Seconds, (Query(known(stands("gateway_adapter_off_oldest_seconds", "adapter", "state"), "adapter"), "{{adapter}} {{state}}"),)),
            Panel("Code of adapters that was ended", "Steps that took too long, and sandboxes that were ended for it. After some of them the adapter is quarantined.", units.OpsPerSecond, (
                Query(counted(rate("gateway_adapter_overruns_total", "adapter"), "adapter"), "{{adapter}} overran"),
                Query(counted(rate("gateway_sandboxes_killed_total", "adapter", "kind"), "adapter"), "{{adapter}} ended {{kind}}"),
                Query(counted(rate("gateway_sandboxes_started_total", "adapter"), "adapter"), "{{adapter}} started"),
            )),
            Panel("Seconds of a rule of identity", "p95 for a reference, of adapters that run in sandboxes. Above 5 ms on average it overruns.", units.Seconds, (Query(quantile(0.95, "gateway_identity_seconds", "adapter"), "{{adapter}}"),)),
            Panel("Contingency windows", "In force now, by authority; how long each has been open. Close it once the authority is back: gateway contingency close.", units.Short, (Query(known(stands("gateway_contingency_windows", "adapter"), "adapter"), "{{adapter}}"),)),
            Panel("Oldest contingency window", "0: none is open.", units.Seconds, (Query(known(stands("gateway_contingency_windows_oldest_seconds", "adapter"), "adapter"), "{{adapter}}"),)),
        ),
    ),
    (
        "Backlog",
        (
            Panel("Waiting for a decision", "In all, and without what replicas have in hand. It grows while authorities and database answer: more processes.", units.Short, (
                Query(f"max ({of('gateway_backlog')})", "in all"),
                Query(stands("gateway_backlog_waiting"), "in nobody's hand"),
            )),
            Panel("Pressure", "How near what waits is to backlog or backlog_seconds. From a sixth on who has most of it is refused, from five sixths on every trader, at 1 everybody.", units.PercentUnit, (Query(f"max ({of('gateway_pressure')})", "pressure"),)),
            Panel("What is used up", "The part that is in use of each thing that a process can use up (docs/operators-size.md), of all processes of a replica.", units.PercentUnit, (Query(f"max by (resource) ({of('gateway_resource_in_use')} / {of('gateway_resource_bound')})", "{{resource}}"),)),
            Panel("Waiting for a turn", "Who waits because what is to be had is in use: by the name of what it is.", units.Short, (Query(f"sum by (resource) ({of('gateway_resource_waiting')})", "{{resource}}"),)),
            Panel("Nothing to be had", "Calls and work that found what they needed used up, a second.", units.Short, (Query(counted(rate("gateway_resource_refused_total", "resource"), "resource"), "{{resource}}"),)),
            Panel("Oldest that waits", "Of backlog_seconds: one half of the pressure. 0: none waits.", units.Seconds, (Query(known(stands("gateway_backlog_waiting_oldest_seconds")), "oldest"),)),
            Panel("In hand", "Declarations that each replica works on, up to max_in_flight a process.", units.Short, (Query(f"sum by (instance) ({of('gateway_leases')})", "{{instance}}"),)),
            Panel("To be assessed again", "Declarations whose authorities were to be asked again by now.", units.Short, (Query(stands("gateway_looks_due"), "due"),)),
            Panel("Longest overdue", "0: nothing is overdue. See GatewayAssessmentsLate.", units.Seconds, (Query(known(stands("gateway_looks_due_oldest_seconds")), "oldest"),)),
        ),
    ),
    (
        "Movements of quantities",
        (
            Panel("Open orders", "planned: about to be sent; in_doubt: nobody knows whether it took effect, and the goods are held. gateway settle lists them.", units.Short, (Query(known(stands("gateway_movements_open", "adapter", "state"), "adapter"), "{{adapter}} {{state}}"),)),
            Panel("Reports of releases", "Authorities whose rows want it are told of releases; these are not yet. 0: none is due. See GatewayReportsLate.", units.Short, (Query(known(stands("gateway_reports_due", "adapter"), "adapter"), "{{adapter}}"),)),
            Panel("Oldest report of a release", "Since the release; 0: none is due.", units.Seconds, (Query(known(stands("gateway_reports_due_oldest_seconds", "adapter"), "adapter"), "{{adapter}}"),)),
            Panel("Oldest open order", "0: none is open. See GatewayMovementsInDoubt.", units.Seconds, (Query(known(stands("gateway_movements_open_oldest_seconds", "adapter", "state"), "adapter"), "{{adapter}} {{state}}"),)),
            Panel("Orders not sent, and doubts noted", "A replica stood still or its clock jumped. Nothing is wrong at an authority for it; look at the machine.", units.OpsPerSecond, (
                Query(counted(rate("gateway_orders_not_sent_total", "adapter"), "adapter"), "{{adapter}} not sent"),
                Query(rate("gateway_doubts_noted_total"), "doubts noted"),
            )),
        ),
    ),
    (
        "People",
        (
            Panel("Waiting for a second person", "gateway approvals list", units.Short, (Query(stands("gateway_approvals_waiting"), "approvals"),)),
            Panel("Tables that do not count", "1: the tables of the configuration wait for a second person, or one rejected them; the set before decides. gateway doctor has the command, gateway tables list all sets.", units.Short, (
                Query(known(stands("gateway_tables_waiting", "tables"), "tables"), "{{tables}} wait"),
                Query(known(stands("gateway_tables_rejected", "tables"), "tables"), "{{tables}} rejected"),
            )),
            Panel("Applications of traders", "By kind. Officers decide them in the console.", units.Short, (Query(known(stands("gateway_applications_waiting", "kind"), "kind"), "{{kind}}"),)),
            Panel("Oldest that waits for a person", "0: nothing waits.", units.Seconds, (
                Query(known(stands("gateway_approvals_waiting_oldest_seconds")), "approval"),
                Query(known(stands("gateway_applications_waiting_oldest_seconds", "kind"), "kind"), "application: {{kind}}"),
                Query(known(stands("gateway_tables_waiting_oldest_seconds", "tables"), "tables"), "tables {{tables}}"),
                Query(known(stands("gateway_tables_rejected_oldest_seconds", "tables"), "tables"), "rejected tables {{tables}}"),
            )),
        ),
    ),
    (
        "Jobs and the audit trail",
        (
            Panel("Delayed work", "To do, under way, failed. Failed work is not done again by itself: see GatewayJobsFailing.", units.Short, (Query(known(stands("gateway_jobs", "status"), "status"), "{{status}}"),)),
            Panel("Oldest delayed work that is due", "To do for long: no worker runs. See GatewayJobsLate.", units.Seconds, (Query(known(stands("gateway_jobs_oldest_seconds", "status"), "status"), "{{status}}"),)),
            Panel("Checkpoints of the audit trail", "How many there are. One is made every hour.", units.Short, (Query(stands("gateway_checkpoint"), "checkpoints"),)),
            Panel("Age of the newest checkpoint", "See GatewayCheckpointOld.", units.Seconds, (Query(known(stands("gateway_checkpoint_oldest_seconds")), "newest"),)),
        ),
    ),
    (
        "Faults of the gateway",
        (
            Panel("Faults in the time that is shown", "All of them zero is as it should be. Each has an alert and a section in the runbook.", units.Short, tuple(
                Query(counted(f"sum (increase({of(figure)}[$__range]))"), name) for figure, name in _FAULTS
            )),
            Panel("Log lines and spans lost", "What was to be written or sent and was not, so that nobody waits: a slow disk, or an endpoint of traces that does not answer. Declarations are not concerned.", units.OpsPerSecond, (
                Query(counted(f"sum (rate({of('gateway_log_lines_lost_total')}{_OVER}))"), "log lines"),
                Query(counted(f"sum (rate({of('gateway_spans_lost_total')}{_OVER}))"), "spans"),
            )),
            Panel("Tables refused", "Sets of tables that a process cannot serve. It keeps to the one before, and is not ready once the new one counts.", units.Short, (Query(f"max by (instance) ({of('gateway_tables_refused')})", "{{instance}}"),)),
        ),
    ),
    (
        "Database",
        (
            Panel("Answers", "1 or 0 of each replica.", units.Short, (Query(f"min by (instance) ({of('gateway_store_answers')})", "{{instance}}"),)),
            Panel("Statements given up", "The database did not answer in time: it is slow, locked or out of reach.", units.OpsPerSecond, (Query(rate("gateway_statements_given_up_total"), "given up"),)),
            Panel("Commits", "By kind: receipts, intents, decisions.", units.OpsPerSecond, (Query(counted(rate("gateway_commits_total", "kind"), "kind"), "{{kind}}"),)),
            Panel("Statements of commits", "Fewer than commits: what comes together is committed together. Alone: what is rare, or was skipped.", units.OpsPerSecond, (
                Query(counted(rate("gateway_commit_statements_total", "kind"), "kind"), "{{kind}}"),
                Query(counted(rate("gateway_commits_alone_total", "kind"), "kind"), "{{kind}} alone"),
                Query(counted(rate("gateway_commits_skipped_total", "kind"), "kind"), "{{kind}} skipped"),
            )),
            Panel("Seconds that a commit waits to be sent", "It rises with load, and with the time that the database takes for a commit.", units.Seconds, (Query(f"{rate('gateway_commit_wait_seconds_total', 'kind')} / ({rate('gateway_commits_total', 'kind')} > 0)", "{{kind}}"),)),
        ),
    ),
    (
        "Processes",
        (
            Panel("Processor", "Cores taken by each replica.", units.Short, (Query(f"sum by (instance) (rate({of('gateway_process_cpu_seconds_total')}{_OVER}))", "{{instance}}"),)),
            Panel("Memory", "Of each process.", units.BytesIEC, (Query(of("gateway_process_resident_bytes"), "{{instance}} {{pid}}"),)),
            Panel("Open files", "Of each process, connections among them. Near the limit of the system calls are refused.", units.Short, (Query(of("gateway_process_open_files"), "{{instance}} {{pid}}"),)),
            Panel("Connections of callers", "Of each replica.", units.Short, (Query(f"sum by (instance) ({of('gateway_connections')})", "{{instance}}"),)),
            Panel("Serving processes", "Of each replica: as many as processes says.", units.Short, (Query(f"count by (instance) ({of('gateway_process_resident_bytes')})", "{{instance}}"),)),
            Panel("Ready", "1 or 0 of each part of a process that is least ready. See GatewayNotReady.", units.Short, (Query(f"min by (instance, part) ({of('gateway_process_ready')})", "{{instance}} {{part}}"),)),
            Panel("Processes that live", "Serving processes and workers of all replicas, by version.", units.Short, (Query(known(stands("gateway_processes", "version"), "version"), "{{version}}"),)),
            Panel("Oldest sign of life", "Of those processes.", units.Seconds, (Query(known(stands("gateway_processes_oldest_seconds", "version"), "version"), "{{version}}"),)),
            Panel("Clock against the database", "Seconds by which the clock of each process is ahead. See GatewayClockDiffers.", units.Seconds, (Query(of("gateway_clock_ahead_of_database_seconds"), "{{instance}} {{pid}}"),)),
            Panel("Certificates end in", "Of each configured certificate; below zero it has ended. Without a line: none is configured, or it cannot be read.", units.Seconds, (Query(f"min by (certificate) ({of('gateway_certificate_ends_seconds')})", "{{certificate}}"),)),
            Panel("Certificates that can be used", "0: the file cannot be read, or its key is another one's. See GatewayCertificateUnusable.", units.Short, (Query(f"min by (certificate) ({of('gateway_certificate_usable')})", "{{certificate}}"),)),
            Panel("Runs for", "Of each replica, with its version.", units.Seconds, (Query(f"time() - {of('gateway_start_time_seconds')} + on (instance) group_left (version) (0 * {of('gateway_build_info')})", "{{instance}} {{version}}"),)),
        ),
    ),
)  # fmt: skip
"""The rows with their panels, in the order in which they stand."""


def _target(query: Query, number: int, panel: Panel) -> prometheus.Dataquery:
    one = prometheus.Dataquery().expr(query.expr).legend_format(query.legend).ref_id(chr(ord("A") + number))
    one = one.datasource(_SOURCE)
    return one.instant() if panel.kind == "number" else one.range()


def _thresholds(panel: Panel) -> dashboard.ThresholdsConfig:
    steps = [Threshold(color="green", value=None)]
    if panel.red_below is not None:
        steps = [Threshold(color="red", value=None), Threshold(color="green", value=panel.red_below)]
    if panel.red_from is not None:
        steps.append(Threshold(color="red", value=panel.red_from))
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)


def _drawn(panel: Panel) -> stat.Panel | timeseries.Panel:
    made: stat.Panel | timeseries.Panel
    if panel.kind == "number":
        reduced = common.ReduceDataOptions().calcs(["lastNotNull"])
        made = stat.Panel().span(4).height(4).reduce_options(reduced).thresholds(_thresholds(panel))
        made = made.color_mode(BigValueColorMode.VALUE).graph_mode(BigValueGraphMode.NONE)
    else:
        legend = common.VizLegendOptions().show_legend(True).calcs(["lastNotNull", "max"])
        legend = legend.display_mode(LegendDisplayMode.TABLE).placement(LegendPlacement.BOTTOM)
        tooltip = common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI)
        made = timeseries.Panel().span(8).height(8).min(0).fill_opacity(8).legend(legend).tooltip(tooltip)
    made = made.title(panel.title).description(panel.text).unit(panel.unit).datasource(_SOURCE).no_value("not known")
    for number, query in enumerate(panel.queries):
        made = made.with_target(_target(query, number, panel))
    return made


def built() -> str:
    """Return the dashboard as the JSON that Grafana imports."""
    job = (
        dashboard.QueryVariable("job")
        .label("Installation")
        .datasource(_SOURCE)
        .query("label_values(gateway_build_info, job)")
        .refresh(VariableRefresh.ON_DASHBOARD_LOAD)
        .sort(VariableSort.ALPHABETICAL_ASC)
    )
    board = (
        dashboard.Dashboard("EU Single Window gateway")
        .uid("eu-single-window-gateway")
        .description(
            "Traffic, decisions, what is held and why, authorities, quantities, and what waits for whom. Alerts that panels name: docs/operators-runbook.md."
        )
        .tags(["eu-single-window", "customs"])
        .time("now-6h", "now")
        .refresh("30s")
        .timezone("browser")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .editable()
        .with_variable(dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"))
        .with_variable(job)
    )
    numbers = count(1)
    for title, panels in ROWS:
        board = board.with_row(dashboard.Row(title).id(next(numbers)))
        for panel in panels:
            board = board.with_panel(_drawn(panel).id(next(numbers)))
    return JSONEncoder(sort_keys=True, indent=2, ensure_ascii=False).encode(board.build()) + "\n"


def main() -> None:
    """Write it."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(built(), encoding="utf-8")


if __name__ == "__main__":
    main()
