-- Which notices are the same: after a restore from a backup other ones stand under the numbers that were given before.
-- serves beside: 0.1.0

-- The identities that the feed of notices had, the newest last. Another one begins whenever what was told may have been lost.
CREATE TABLE notice_feed (
    number          bigint PRIMARY KEY,                   -- from 1 on, each given under the lock of notice_counter
    identity        text NOT NULL UNIQUE DEFAULT left(replace(gen_random_uuid()::text, '-', ''), 12),
    began_after     bigint NOT NULL,                      -- the last notice's number when it began
    began_at        timestamptz NOT NULL DEFAULT now()
);
INSERT INTO notice_feed (number, began_after) VALUES (1, 0);

-- What a notice is told apart by from another one under its number.
CREATE FUNCTION notice_mark(n notice) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT left(encode(sha256(convert_to(concat_ws(
        '|', n.number, extract(epoch FROM n.at), n.kind, n.declaration_id, n.version, n.state, n.decision), 'UTF8')), 'hex'), 12)
$$;
