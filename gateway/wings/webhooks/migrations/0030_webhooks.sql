-- Webhooks: at which addresses owners are told what happens to declarations, and how each event stands there.
-- serves beside: 0.1.0

CREATE TABLE webhook (
    id              uuid PRIMARY KEY,
    owner           text NOT NULL,                              -- the caller with whose access it ends
    counts_for      text NOT NULL,                              -- whose share of webhooks it takes: of a key of one's own, its maker's
    role            text NOT NULL,
    address         text NOT NULL,
    eoris           text[],                                     -- null: everybody's; for a trader never
    offices         text[],                                     -- null: all
    kinds           text[],                                     -- null: all
    language        text NOT NULL,
    secret          bytea NOT NULL,                             -- sealed
    old_secret      bytea,                                      -- the one before, sealed; it signs for a day after rotated_at
    rotated_at      timestamptz,
    begun_after     bigint NOT NULL,                            -- the last notice before it was made
    made_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at        timestamptz,
    ended_by        text,
    ended_because   text
);
CREATE INDEX webhook_of_owner ON webhook (owner, made_at DESC, id DESC);
CREATE INDEX webhook_of_share ON webhook (counts_for) WHERE ended_at IS NULL;
CREATE INDEX webhook_in_order ON webhook (made_at DESC, id DESC);
CREATE INDEX webhook_of_everybody ON webhook (id) WHERE eoris IS NULL AND ended_at IS NULL;

-- By whose declarations those of traders are found, with what else is compared of each; gone once the webhook has ended.
CREATE TABLE webhook_eori (
    eori            text NOT NULL,
    webhook_id      uuid NOT NULL REFERENCES webhook,
    begun_after     bigint NOT NULL,
    kinds           text[],
    PRIMARY KEY (eori, webhook_id)
);

-- What changes with every event.
CREATE TABLE webhook_queue (
    webhook_id      uuid PRIMARY KEY REFERENCES webhook,
    last            bigint NOT NULL DEFAULT 0,                  -- the number of its last event
    added           bigint NOT NULL DEFAULT 0,                  -- how often there was more to send: by it a claim knows that it saw all
    due_at          timestamptz NOT NULL DEFAULT 'infinity',    -- when somebody has to see what is to be sent
    failures        integer NOT NULL DEFAULT 0,                 -- one after the other, of different declarations
    failed_with     uuid,                                       -- the declaration of the last of them
    failing_since   timestamptz,
    paused_until    timestamptz,
    delivered_at    timestamptz
) WITH (fillfactor = 50);
CREATE INDEX webhook_queue_due ON webhook_queue (due_at) WHERE due_at < 'infinity';

-- An event of a webhook, by its number there. That it waits is all that sending rests on.
CREATE TABLE webhook_delivery (
    webhook_id      uuid NOT NULL REFERENCES webhook,
    number          bigint NOT NULL,
    series          text NOT NULL,                              -- the identity that the feed of notices had
    kind            text NOT NULL,
    notice          bigint,                                     -- null: of a test
    declaration_id  uuid,
    state           text NOT NULL DEFAULT 'waiting',
    attempts        integer NOT NULL DEFAULT 0,
    made_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    tried_for       timestamptz NOT NULL DEFAULT clock_timestamp(),  -- from when on the time counts after which it is dead
    next_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    claimed_until   timestamptz,
    status          integer,
    fault           text,
    tried_at        timestamptz,
    milliseconds    integer,
    PRIMARY KEY (webhook_id, number)
) WITH (fillfactor = 80);
CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_id, next_at) WHERE state = 'waiting';
CREATE INDEX webhook_delivery_of_declaration ON webhook_delivery (webhook_id, declaration_id, number) WHERE state = 'waiting';
CREATE INDEX webhook_delivery_claimed ON webhook_delivery (webhook_id) WHERE state = 'waiting' AND claimed_until IS NOT NULL;
CREATE INDEX webhook_delivery_dead ON webhook_delivery (webhook_id) WHERE state = 'dead';
CREATE INDEX webhook_delivery_by_age ON webhook_delivery (made_at);

-- Up to which notice events were made of them.
CREATE TABLE webhook_cursor (
    one             boolean PRIMARY KEY DEFAULT true CHECK (one),  -- there is one row
    last            bigint NOT NULL
);
INSERT INTO webhook_cursor (last) SELECT last FROM notice_counter;

-- Webhooks as they are shown: of what waits and of what is dead up to ten thousand are counted.
CREATE VIEW webhook_shown AS
SELECT w.*, q.last, q.failing_since, q.delivered_at,
       CASE WHEN q.failing_since IS NOT NULL AND q.due_at < 'infinity' THEN q.due_at END AS next_at,
       (SELECT count(*) FROM (SELECT 1 FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'waiting' LIMIT 10000) AS counted)
           AS waiting,
       (SELECT count(*) FROM (SELECT 1 FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'dead' LIMIT 10000) AS counted)
           AS dead
FROM webhook w JOIN webhook_queue q ON q.webhook_id = w.id;
