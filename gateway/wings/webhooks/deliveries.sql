-- Events of webhooks: made of notices, claimed by those who send them, and what became of each.

-- Whether anybody wants events, and whether there are notices of which none were made.
-- name: webhooks_wanted
SELECT EXISTS (SELECT 1 FROM webhook WHERE ended_at IS NULL) AS wanted, c.last, n.last AS newest,
       EXISTS (SELECT 1 FROM notice WHERE number IS NULL) AS unnumbered
FROM webhook_cursor c, notice_counter n;

-- Whoever has the row makes events; the others leave it to them.
-- name: lock_webhook_cursor
SELECT c.last, n.last AS newest FROM webhook_cursor c, notice_counter n FOR UPDATE OF c SKIP LOCKED;

-- name: move_webhook_cursor
UPDATE webhook_cursor SET last = %(until)s;

-- Those of traders are found by the parties of each notice, however many there are: in this order whatever the planner thinks of
-- tables that were empty a moment ago.
-- name: fan_out
WITH part AS MATERIALIZED (
    SELECT n.number, n.kind, n.declaration_id, n.eoris FROM notice n WHERE n.number > %(after)s AND n.number <= %(until)s
), matched AS MATERIALIZED (
    SELECT DISTINCT f.webhook_id, p.number, p.kind, p.declaration_id
    FROM part p
    CROSS JOIN LATERAL unnest(p.eoris) AS party (eori)
    CROSS JOIN LATERAL (
        SELECT e.webhook_id FROM webhook_eori e
        WHERE e.eori = party.eori AND p.number > e.begun_after AND (e.kinds IS NULL OR p.kind = ANY (e.kinds))
        OFFSET 0) f
    WHERE p.kind <> 'alert'
    UNION ALL
    SELECT w.id, p.number, p.kind, p.declaration_id
    FROM webhook w CROSS JOIN part p
    WHERE w.eoris IS NULL AND w.ended_at IS NULL AND p.number > w.begun_after AND (w.kinds IS NULL OR p.kind = ANY (w.kinds))
      AND (w.offices IS NULL OR is_at_offices(p.declaration_id, w.offices))
), locked AS MATERIALIZED (
    -- In one order, as whoever writes what became of events.
    SELECT q.webhook_id FROM webhook_queue q WHERE q.webhook_id IN (SELECT m.webhook_id FROM matched m)
    ORDER BY q.webhook_id FOR UPDATE
), queues AS (
    UPDATE webhook_queue q
    SET last = q.last + more.events, added = q.added + 1, due_at = least(q.due_at, greatest(now(), q.paused_until))
    FROM locked l JOIN (SELECT m.webhook_id, count(*) AS events FROM matched m GROUP BY m.webhook_id) more USING (webhook_id)
    WHERE q.webhook_id = l.webhook_id
    RETURNING q.webhook_id, q.last - more.events AS before
), made AS (
    INSERT INTO webhook_delivery (webhook_id, number, series, kind, notice, declaration_id)
    SELECT m.webhook_id, q.before + row_number() OVER (PARTITION BY m.webhook_id ORDER BY m.number),
           (SELECT f.identity FROM notice_feed f ORDER BY f.number DESC LIMIT 1), m.kind, m.number, m.declaration_id
    FROM matched m JOIN queues q USING (webhook_id)
    RETURNING 1
), moved AS (
    UPDATE webhook_cursor SET last = %(until)s
)
SELECT count(*) AS events FROM made;

-- Whether a queue is due: asked every second where nothing happens, which claiming costs several times as much for.
-- name: deliveries_due
SELECT EXISTS (SELECT FROM webhook_queue WHERE due_at <= now()) AS due;

-- Events that may be sent now: none of a declaration an earlier event of which waits. Owners have so many of this process's places, who has
-- least under way comes first, and a slow receiver has one place. What there is no place for stays due, and hides nobody else's.
-- name: claim_deliveries
WITH here AS MATERIALIZED (
    SELECT %(under_way)s::jsonb AS under_way, %(slow)s::jsonb AS slow
), at AS MATERIALIZED (
    SELECT q.webhook_id, q.due_at, w.counts_for, r.receiver, coalesce((h.under_way ->> w.counts_for)::int, 0) AS under_way,
           (h.slow ->> r.receiver)::int AS slow
    FROM here h CROSS JOIN webhook_queue q JOIN webhook w ON w.id = q.webhook_id
    CROSS JOIN LATERAL (SELECT w.counts_for || ' ' || lower(split_part(split_part(w.address, '/', 3), '?', 1)) AS receiver) r
    WHERE q.due_at <= now()
), ranked AS MATERIALIZED (
    SELECT a.*, a.under_way + row_number() OVER (PARTITION BY a.counts_for ORDER BY a.due_at) AS place
    FROM (SELECT at.*, row_number() OVER (PARTITION BY at.receiver ORDER BY at.due_at) AS there FROM at) a
    WHERE a.slow IS NULL OR (a.slow > 0 AND a.there = 1)
), due AS MATERIALIZED (
    SELECT q.webhook_id, q.paused_until, q.added, r.counts_for, r.receiver, r.under_way,
           CASE WHEN q.failures >= %(failing)s OR r.slow IS NOT NULL THEN 1 ELSE %(of_one)s END AS room
    FROM ranked r JOIN webhook_queue q ON q.webhook_id = r.webhook_id
    WHERE q.due_at <= now() AND r.place <= %(of_owner)s
    ORDER BY r.place, r.due_at LIMIT %(most)s FOR UPDATE OF q SKIP LOCKED
), roomy AS MATERIALIZED (
    -- Once its row is locked there may be more than this statement sees.
    SELECT due.*, due.added <> s.added AS stale, greatest(due.room - (
        SELECT count(*) FROM webhook_delivery d
        WHERE d.webhook_id = due.webhook_id AND d.state = 'waiting' AND d.claimed_until IS NOT NULL
          AND d.claimed_until > now()), 0) AS free
    FROM due JOIN webhook_queue s ON s.webhook_id = due.webhook_id
), found AS MATERIALIZED (
    SELECT f.webhook_id, f.number FROM (
        SELECT r.webhook_id, next.number, next.next_at,
               r.under_way + row_number() OVER (PARTITION BY r.counts_for ORDER BY next.next_at, next.number) AS place
        FROM roomy r CROSS JOIN LATERAL (
            SELECT d.number, d.next_at FROM webhook_delivery d
            WHERE d.webhook_id = r.webhook_id AND d.state = 'waiting' AND d.next_at <= now()
              AND (r.paused_until IS NULL OR r.paused_until <= now())
              AND (d.claimed_until IS NULL OR d.claimed_until <= now())
              AND NOT EXISTS (
                  SELECT 1 FROM webhook_delivery e
                  WHERE e.webhook_id = d.webhook_id AND e.declaration_id = d.declaration_id AND e.state = 'waiting'
                    AND e.number < d.number)
            ORDER BY d.next_at, d.number LIMIT r.free
        ) next
    ) f
    WHERE f.place <= %(of_owner)s ORDER BY f.place, f.next_at LIMIT %(most)s
), claimed AS (
    UPDATE webhook_delivery d
    SET claimed_until = now() + %(lease)s, attempts = attempts + 1
    FROM found f WHERE d.webhook_id = f.webhook_id AND d.number = f.number
      -- Once more, of the row as it is by now: another process may have come between. No index is to be gone through by it.
      AND CASE WHEN d.state = 'waiting' THEN d.next_at <= now() AND (d.claimed_until IS NULL OR d.claimed_until <= now()) ELSE false END
    RETURNING d.*
), counted AS (
    SELECT r.webhook_id, r.free, r.paused_until, r.stale, (SELECT count(*) FROM found f WHERE f.webhook_id = r.webhook_id) AS taken FROM roomy r
), queues AS (
    -- Seen again: soon where more may wait, and by nobody who began before this is committed; else when the next one is due, or a
    -- claim is over whose sender died.
    UPDATE webhook_queue q
    SET due_at = CASE
        WHEN c.paused_until > now() THEN c.paused_until
        WHEN c.stale THEN now()
        WHEN c.free = 0 THEN now() + %(lease)s
        WHEN c.taken > 0 THEN clock_timestamp() + interval '50 milliseconds'
        ELSE coalesce((
            SELECT min(greatest(d.next_at, d.claimed_until)) FROM webhook_delivery d
            WHERE d.webhook_id = q.webhook_id AND d.state = 'waiting'
              AND NOT EXISTS (
                  SELECT 1 FROM webhook_delivery e
                  WHERE e.webhook_id = d.webhook_id AND e.declaration_id = d.declaration_id AND e.state = 'waiting'
                    AND e.number < d.number)), 'infinity')
    END
    FROM counted c WHERE q.webhook_id = c.webhook_id
)
SELECT all_due.queues, all_due.stale, d.*, w.owner, w.counts_for, u.receiver, w.role, w.address, w.eoris, w.offices, w.kinds, w.language, w.secret, w.ended_at,
       CASE WHEN w.rotated_at > now() - %(old_for)s THEN w.old_secret END AS old_secret
FROM (SELECT count(*) AS queues, coalesce(bool_or(r.stale), false) AS stale FROM roomy r) all_due
LEFT JOIN (claimed d JOIN webhook w ON w.id = d.webhook_id JOIN due u ON u.webhook_id = d.webhook_id) ON true
ORDER BY d.webhook_id, d.number;

-- What became of events, of many at once. Nothing of those whose claim another has, or that have ended meanwhile.
-- name: note_attempts
WITH told AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(attempts)s) AS t (
        webhook_id uuid, number bigint, claimed_until timestamptz, fault text, drops boolean, status int, milliseconds int,
        again_after_s float)
), locked AS MATERIALIZED (
    SELECT q.webhook_id, q.failures, q.failed_with, q.added FROM webhook_queue q
    WHERE q.webhook_id IN (SELECT t.webhook_id FROM told t) ORDER BY q.webhook_id FOR UPDATE
), noted AS (
    UPDATE webhook_delivery d
    SET state = CASE
            WHEN t.fault IS NULL THEN 'delivered'
            WHEN t.drops OR d.state = 'dropped' THEN 'dropped'
            WHEN d.tried_for < now() - %(dead_after)s THEN 'dead'
            ELSE 'waiting' END,
        status = t.status, fault = t.fault, tried_at = now(), milliseconds = t.milliseconds, claimed_until = NULL,
        next_at = now() + make_interval(secs => coalesce(t.again_after_s, 0))
    FROM told t JOIN locked l ON l.webhook_id = t.webhook_id
    WHERE d.webhook_id = t.webhook_id AND d.number = t.number
      AND (d.state = 'waiting' OR (d.state = 'dropped' AND d.fault = 'ended'))
      AND d.claimed_until IS NOT DISTINCT FROM t.claimed_until
    RETURNING d.webhook_id, d.number, d.declaration_id, d.state, d.fault, t.drops
), summed AS (
    SELECT n.webhook_id, bool_or(n.fault IS NULL) AS delivered, bool_or(n.fault IS NOT NULL AND NOT n.drops) AS failed,
           count(DISTINCT coalesce(n.declaration_id::text, n.number::text)) FILTER (
               WHERE n.fault IS NOT NULL AND NOT n.drops AND n.declaration_id IS DISTINCT FROM l.failed_with) AS others,
           (array_agg(n.declaration_id) FILTER (WHERE n.fault IS NOT NULL AND NOT n.drops))[1] AS failed_with,
           max(l.failures) AS failures, bool_or(l.added <> s.added) AS stale
    FROM noted n JOIN locked l USING (webhook_id) JOIN webhook_queue s USING (webhook_id) GROUP BY n.webhook_id
), recovered AS (
    -- What waits for its pause is sent now that the receiver is back.
    UPDATE webhook_delivery d SET next_at = now() FROM summed s
    WHERE s.delivered AND s.failures >= %(failing)s AND d.webhook_id = s.webhook_id AND d.state = 'waiting' AND d.next_at > now()
      AND NOT EXISTS (SELECT 1 FROM noted n WHERE n.webhook_id = d.webhook_id AND n.number = d.number)
)
UPDATE webhook_queue q
SET failures = CASE WHEN s.delivered THEN 0 ELSE q.failures + s.others END,
    failed_with = CASE WHEN s.delivered THEN NULL ELSE coalesce(s.failed_with, q.failed_with) END,
    failing_since = CASE WHEN s.delivered THEN NULL WHEN s.failed THEN coalesce(q.failing_since, now()) ELSE q.failing_since END,
    paused_until = CASE
        WHEN NOT s.delivered AND s.failed AND q.failures + s.others >= %(failing)s THEN now() + %(probe)s END,
    delivered_at = CASE WHEN s.delivered THEN now() ELSE q.delivered_at END,
    due_at = CASE
        WHEN NOT s.delivered AND s.failed AND q.failures + s.others >= %(failing)s THEN now() + %(probe)s
        WHEN s.stale OR EXISTS (
            SELECT 1 FROM webhook_delivery d WHERE d.webhook_id = q.webhook_id AND d.state = 'waiting'
              AND NOT EXISTS (
                  SELECT 1 FROM noted n WHERE n.webhook_id = d.webhook_id AND n.number = d.number AND n.state <> 'waiting'))
        THEN least(q.due_at, now())
        ELSE 'infinity' END
FROM summed s WHERE q.webhook_id = s.webhook_id;

-- What waited for too long at receivers that fail: it was not tried alone, for want of room.
-- name: bury_deliveries
UPDATE webhook_delivery d SET state = 'dead', claimed_until = NULL
FROM webhook_queue q
WHERE q.webhook_id = d.webhook_id AND q.failing_since IS NOT NULL AND d.state = 'waiting' AND d.tried_for < now() - %(dead_after)s
  AND (d.claimed_until IS NULL OR d.claimed_until < now());

-- A digest for each webhook that has one, unless one waits or was made in the last hours: whoever does it twice makes one.
-- name: make_digests
WITH wanted AS MATERIALIZED (
    -- In one order, as whoever writes what became of events.
    SELECT q.webhook_id FROM webhook_queue q JOIN webhook_digest g USING (webhook_id) JOIN webhook w ON w.id = q.webhook_id
    WHERE w.ended_at IS NULL ORDER BY q.webhook_id FOR UPDATE OF q
), queues AS (
    UPDATE webhook_queue q SET last = q.last + 1, added = q.added + 1, due_at = least(q.due_at, greatest(now(), q.paused_until))
    FROM wanted w WHERE w.webhook_id = q.webhook_id
      AND NOT EXISTS (
          SELECT FROM webhook_delivery d WHERE d.webhook_id = q.webhook_id AND d.kind = 'digest'
            AND (d.state = 'waiting' OR d.made_at > now() - interval '12 hours'))
    RETURNING q.webhook_id, q.last
), made AS (
    INSERT INTO webhook_delivery (webhook_id, number, series, kind)
    SELECT webhook_id, last, (SELECT f.identity FROM notice_feed f ORDER BY f.number DESC LIMIT 1), 'digest' FROM queues
    RETURNING 1
)
SELECT count(*) AS events FROM made;
