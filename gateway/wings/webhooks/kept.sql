-- Webhooks, as their owners make, see and end them.

-- One owner's at a time, with all keys of their own, so that nobody has more than the limit by asking twice at once.
-- name: lock_webhooks_of_owner
SELECT pg_advisory_xact_lock(hashtextextended('webhook ' || %(counts_for)s, 0));

-- name: webhooks_that_count
SELECT count(*) AS webhooks FROM webhook WHERE counts_for = %(counts_for)s AND ended_at IS NULL;

-- name: equal_webhook
SELECT id, secret, made_at > clock_timestamp() - %(repeated_within)s::interval AS repeated
FROM webhook
WHERE owner = %(owner)s AND ended_at IS NULL AND role = %(role)s AND address = %(address)s AND language = %(language)s
  AND eoris IS NOT DISTINCT FROM %(eoris)s::text[] AND offices IS NOT DISTINCT FROM %(offices)s::text[]
  AND kinds IS NOT DISTINCT FROM %(kinds)s::text[]
  AND EXISTS (SELECT FROM webhook_digest WHERE webhook_id = webhook.id) = %(digest)s
ORDER BY made_at DESC, id DESC LIMIT 1;

-- name: make_webhook
WITH made AS (
    INSERT INTO webhook (id, owner, counts_for, role, address, eoris, offices, kinds, language, secret, begun_after)
    SELECT %(id)s::uuid, %(owner)s, %(counts_for)s, %(role)s, %(address)s, %(eoris)s::text[], %(offices)s::text[], %(kinds)s::text[], %(language)s,
           %(secret)s, last
    FROM notice_counter
    RETURNING id, begun_after, kinds
), of_eoris AS (
    INSERT INTO webhook_eori (eori, webhook_id, begun_after, kinds) SELECT unnest(%(eoris)s::text[]), id, begun_after, kinds FROM made
), of_digest AS (
    INSERT INTO webhook_digest (webhook_id) SELECT id FROM made WHERE %(digest)s
)
INSERT INTO webhook_queue (webhook_id) SELECT id FROM made;

-- name: webhook_by_id
SELECT w.*, EXISTS (SELECT FROM webhook_digest g WHERE g.webhook_id = w.id) AS digest FROM webhook_shown w
WHERE w.id = %(id)s::uuid AND (%(owner)s::text IS NULL OR w.owner = %(owner)s);

-- Ended ones last a while: what became of their events is read still.
-- name: webhooks
SELECT w.*, EXISTS (SELECT FROM webhook_digest g WHERE g.webhook_id = w.id) AS digest FROM webhook_shown w
WHERE (%(owner)s::text IS NULL OR w.owner = %(owner)s)
  AND (%(after)s::uuid IS NULL OR (w.made_at, w.id) < (SELECT a.made_at, a.id FROM webhook a WHERE a.id = %(after)s::uuid))
ORDER BY w.made_at DESC, w.id DESC LIMIT %(limit)s;

-- What still waits is dropped with it; of what is being sent it is noted still what became of it.
-- name: end_webhook
WITH ended AS (
    UPDATE webhook SET ended_at = clock_timestamp(), ended_by = %(by)s, ended_because = %(because)s, old_secret = NULL
    WHERE id = %(id)s::uuid AND ended_at IS NULL
    RETURNING id
), of_eoris AS (
    DELETE FROM webhook_eori e USING ended WHERE e.webhook_id = ended.id
), queues AS (
    UPDATE webhook_queue q SET due_at = 'infinity', paused_until = NULL FROM ended WHERE q.webhook_id = ended.id RETURNING q.webhook_id
)
-- The queue is locked before its deliveries, as wherever they are sent: two that want both wait for each other once at most.
UPDATE webhook_delivery d SET state = 'dropped', fault = 'ended' FROM queues
WHERE d.webhook_id = queues.webhook_id AND d.state = 'waiting';

-- name: rotate_webhook
UPDATE webhook SET old_secret = secret, secret = %(secret)s, rotated_at = clock_timestamp()
WHERE id = %(id)s::uuid AND ended_at IS NULL
RETURNING id;

-- name: deliveries_of_webhook
SELECT * FROM webhook_delivery
WHERE webhook_id = %(id)s::uuid AND (%(before)s::bigint IS NULL OR number < %(before)s)
  AND (%(states)s::text[] IS NULL OR state = ANY (%(states)s::text[]))
ORDER BY number DESC LIMIT %(limit)s;

-- name: delivery_of_webhook
SELECT * FROM webhook_delivery WHERE webhook_id = %(id)s::uuid AND number = %(number)s;

-- None while another one waits: it calls an address that nobody has proven to be theirs.
-- name: add_test_delivery
WITH queue AS (
    UPDATE webhook_queue q SET last = last + 1, added = added + 1, due_at = least(due_at, now())
    FROM webhook w WHERE w.id = q.webhook_id AND w.ended_at IS NULL AND q.webhook_id = %(id)s::uuid
      AND NOT EXISTS (
          SELECT 1 FROM webhook_delivery d WHERE d.webhook_id = q.webhook_id AND d.state = 'waiting' AND d.kind = 'test')
    RETURNING q.webhook_id, q.last
)
INSERT INTO webhook_delivery (webhook_id, number, series, kind)
SELECT webhook_id, last, (SELECT f.identity FROM notice_feed f ORDER BY f.number DESC LIMIT 1), 'test' FROM queue
RETURNING *;

-- That event, whatever became of it, and all behind it that are dead; or all behind it. What waits, waits no longer.
-- name: redeliver
WITH held AS MATERIALIZED (
    SELECT webhook_id FROM webhook_queue WHERE webhook_id = %(id)s::uuid FOR UPDATE
), again AS (
    UPDATE webhook_delivery d
    SET state = 'waiting', next_at = now(), tried_for = now(), attempts = CASE WHEN state = 'waiting' THEN attempts ELSE 0 END,
        fault = CASE WHEN state = 'dropped' THEN NULL ELSE fault END
    FROM held
    WHERE d.webhook_id = held.webhook_id AND d.number >= %(number)s
      AND (d.number = %(number)s OR d.state IN ('waiting', 'dead') OR (%(everything)s AND d.state IN ('delivered', 'dropped')))
      AND EXISTS (SELECT 1 FROM webhook w WHERE w.id = d.webhook_id AND w.ended_at IS NULL)
    RETURNING d.number
), queue AS (
    UPDATE webhook_queue SET added = added + 1, due_at = now(), paused_until = NULL
    WHERE webhook_id = %(id)s::uuid AND EXISTS (SELECT 1 FROM again)
)
SELECT count(*) AS events FROM again;

-- name: forget_deliveries
DELETE FROM webhook_delivery WHERE made_at < now() - %(age)s;

-- name: forget_webhooks
WITH over AS (
    SELECT w.id FROM webhook w WHERE w.ended_at < now() - %(age)s
      AND NOT EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.webhook_id = w.id)
), queues AS (
    DELETE FROM webhook_queue q USING over WHERE q.webhook_id = over.id RETURNING q.webhook_id
)
DELETE FROM webhook w USING queues WHERE w.id = queues.webhook_id;
