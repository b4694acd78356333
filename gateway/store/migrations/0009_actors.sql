-- Who acts. The words of people stand in rows that can be erased, each with the salt of the digest by which its event cites it;
-- rows of before have none.

ALTER TABLE step ADD COLUMN salt text;
ALTER TABLE officer_verification ADD COLUMN salt text;
ALTER TABLE contingency_window ADD COLUMN opening_salt text, ADD COLUMN closing_salt text;
ALTER TABLE table_switch ADD COLUMN actor text, ADD COLUMN approver text;  -- beside the name in `officer`

-- What officers did by their own judgement, in the order in which it was committed: overrides, verifications, interventions,
-- granted applications. The words stand in the row of the step.
CREATE TABLE act (
    number          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at              timestamptz NOT NULL,
    kind            text NOT NULL,
    declaration_id  uuid NOT NULL REFERENCES declaration,
    event_seq       integer NOT NULL
);
CREATE INDEX act_by_kind ON act (kind, number);
CREATE INDEX act_of_declaration ON act (declaration_id);

INSERT INTO act (at, kind, declaration_id, event_seq)
SELECT e.at, o.kind, o.declaration_id, o.event_seq
FROM (
    SELECT declaration_id, event_seq, 'verification' AS kind FROM officer_verification
    UNION ALL
    SELECT declaration_id, event_seq, CASE kind WHEN 'release' THEN 'override' ELSE kind END FROM step
    WHERE kind = 'intervention' OR (kind = 'release' AND body::json #>> '{release,override}' IS NOT NULL)
) AS o
JOIN event e ON e.declaration_id = o.declaration_id AND e.seq = o.event_seq
ORDER BY e.at, o.declaration_id, o.event_seq;

-- Orders that need a second person. What the order says and who asked stand in `body`, who approved or rejected it in `ending`:
-- both can be erased.
CREATE TABLE approval (
    id              uuid PRIMARY KEY,
    number          bigint GENERATED ALWAYS AS IDENTITY,        -- the order of asking, for paging
    kind            text NOT NULL,
    declaration_id  uuid REFERENCES declaration,                -- NULL: no declaration's
    request         text NOT NULL,                              -- salted digest of who orders what: the same again is the same approval
    stands_on       text NOT NULL,                              -- what the declaration was like: void once it is not
    state           text NOT NULL DEFAULT 'open',
    asked_at        timestamptz NOT NULL DEFAULT now(),
    ends_at         timestamptz NOT NULL,
    ended_at        timestamptz,
    event_seq       integer,                                    -- of the step that it became
    body            text,
    salt            text,
    ending          text,
    ending_salt     text
);
CREATE UNIQUE INDEX approval_in_order ON approval (number);
CREATE INDEX approval_open ON approval (number) WHERE state = 'open';
CREATE INDEX approval_of_declaration ON approval (declaration_id, number);

-- What an order rests on: the declaration's version, decision and state, or the set of tables in force.
CREATE FUNCTION approval_basis(kind text, declaration uuid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN declaration IS NOT NULL THEN (
            SELECT concat_ws(
                ' ', 'version', d.current_version, 'decision', d.decision_count, 'accepted', d.accepted_at IS NOT NULL,
                'ending', d.invalidating, d.ended, 'released', md5(d.released)
            )
            FROM declaration d WHERE d.id = declaration
        )
        WHEN kind = 'tables' THEN coalesce(
            (SELECT s.digest FROM table_switch s WHERE s.in_force_at <= now() ORDER BY s.in_force_at DESC, s.number DESC LIMIT 1),
            ''
        )
        ELSE ''
    END
$$;

CREATE VIEW approval_standing AS
SELECT a.*, d.lrn, d.mrn,
       CASE
           WHEN a.state <> 'open' THEN a.state
           WHEN a.stands_on <> approval_basis(a.kind, a.declaration_id) THEN 'void'
           WHEN a.ends_at <= now() THEN 'expired'
           ELSE 'open'
       END AS standing
FROM approval a LEFT JOIN declaration d ON d.id = a.declaration_id;
