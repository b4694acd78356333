-- What stands now over all replicas, for operators: each figure with its labels, how many there are, and how old the oldest is. What is
-- read is what partial indexes hold: what is held, open or due, never all that there is.
-- name: installation_figures
WITH held AS MATERIALIZED (
    SELECT d.held_since, d.gave_up IS NOT DISTINCT FROM d.decision_count AS given_up, listed_as(d.listing, 0) AS entry
    FROM declaration d JOIN declaration_version v ON v.declaration_id = d.id AND v.version = d.current_version
    WHERE d.held_since IS NOT NULL AND v.state = 'decided'
), found AS (
    SELECT 'gateway_held' AS figure, ARRAY[code] AS labels, count(*) AS count, min(held_since) AS since
    FROM held CROSS JOIN LATERAL jsonb_array_elements_text(entry -> 'findings') AS f (code) GROUP BY code
    UNION ALL
    SELECT 'gateway_held_authority', ARRAY[authority], count(*), min(held_since)
    FROM held CROSS JOIN LATERAL jsonb_array_elements_text(entry -> 'authorities') AS a (authority) GROUP BY authority
    UNION ALL
    SELECT 'gateway_held_declarations', '{}'::text[], count(*), min(held_since) FROM held
    UNION ALL
    SELECT 'gateway_unlisted_declarations', '{}', count(*), min(received_at) FROM declaration WHERE decision_count <> coalesce(listed, 0)
    UNION ALL
    SELECT 'gateway_given_up', '{}', count(*), min(held_since) FROM held WHERE given_up
    UNION ALL
    SELECT 'gateway_movements_open', ARRAY[adapter, state], count(*), min(planned_at)
    FROM movement WHERE state IN ('planned', 'in_doubt') GROUP BY adapter, state
    UNION ALL
    SELECT 'gateway_reports_due', ARRAY[report ->> 'adapter'], count(*), min((outcome::json ->> 'at')::timestamptz)
    FROM step CROSS JOIN LATERAL json_array_elements(reports::json) AS r (report)
    WHERE reports_due_at IS NOT NULL AND report ->> 'state' NOT IN ('reported', 'otherwise') GROUP BY report ->> 'adapter'
    UNION ALL
    SELECT 'gateway_backlog_waiting', '{}', count(*), min(due_at)
    FROM declaration WHERE due_at IS NOT NULL AND (lease_until IS NULL OR lease_until <= now())
    UNION ALL
    SELECT 'gateway_looks_due', '{}', count(*), min(look_due_at)
    FROM declaration WHERE look_due_at IS NOT NULL AND look_due_at <= now()
    UNION ALL
    SELECT 'gateway_contingency_windows', ARRAY[w.adapter], count(*), min(w.opened_at)
    FROM contingency_window w WHERE is_in_force(w) GROUP BY w.adapter
    UNION ALL
    SELECT 'gateway_approvals_waiting', '{}', count(*), min(asked_at) FROM approval_standing WHERE state = 'open' AND standing = 'open'
    UNION ALL
    SELECT 'gateway_applications_waiting', ARRAY[kind], count(*), min(applied_at) FROM application WHERE state = 'open' GROUP BY kind
    UNION ALL
    SELECT 'gateway_jobs', ARRAY[status::text], count(*), min(scheduled_at) FILTER (WHERE scheduled_at <= now())
    FROM procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed') GROUP BY status
    UNION ALL
    SELECT 'gateway_checkpoint', '{}', count(*), max(at) FROM checkpoint
    UNION ALL
    SELECT 'gateway_adapter_off',
        ARRAY[adapter, CASE WHEN quarantined THEN 'quarantined' WHEN draining THEN 'draining' ELSE 'disabled' END], 1, at
    FROM (SELECT DISTINCT ON (adapter) * FROM adapter_switch ORDER BY adapter, number DESC) AS newest WHERE NOT enabled
    UNION ALL
    SELECT 'gateway_processes', ARRAY[version], count(*), min(at) FROM replica r
    WHERE at > now() - interval '3 minutes'
      AND NOT EXISTS (SELECT FROM adapter_process p WHERE p.process = r.owner AND p.until <= clock_timestamp())
    GROUP BY version
    UNION ALL
    SELECT 'gateway_breakers_open', ARRAY[adapter], count(*), NULL
    FROM adapter_process WHERE until > clock_timestamp() AND breaker <> 'closed' GROUP BY adapter
)
SELECT figure, labels, count, extract(epoch FROM now() - since)::float8 AS oldest_s FROM found;
