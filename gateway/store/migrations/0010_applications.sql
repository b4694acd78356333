-- Applications for amendment and invalidation (UCC Art. 173, 174), and the examinations that stand in their way.

ALTER TABLE declaration ADD COLUMN examination text;            -- the last one that customs announced

CREATE TABLE application (
    id              uuid PRIMARY KEY,
    number          bigint GENERATED ALWAYS AS IDENTITY,        -- the order of receipt, for paging
    declaration_id  uuid NOT NULL REFERENCES declaration,
    kind            text NOT NULL,
    version         integer NOT NULL,                           -- of the declaration, that it speaks of
    grounds         text NOT NULL,
    party           text NOT NULL,
    state           text NOT NULL,
    applied_at      timestamptz NOT NULL,
    last_day        date,
    content         text,                                       -- digest of what the amended declaration says
    raw             text,                                       -- digest of the message as it came
    model           text,                                       -- the amended declaration: NULL once erased
    applied_seq     integer NOT NULL,                           -- the event; who applied, in which words, stands in its step
    decided_at      timestamptz,
    because         text,
    decided_seq     integer                                     -- the event; who decided, and why, stands in its step
);
CREATE UNIQUE INDEX application_in_order ON application (number);
CREATE UNIQUE INDEX application_in_state ON application (state, number);
CREATE INDEX application_of_declaration ON application (declaration_id, number);
CREATE UNIQUE INDEX application_one_open ON application (declaration_id) WHERE state = 'open';

-- An application as it is read: with the words of whoever applied and decided, until they are erased.
CREATE VIEW application_record AS
SELECT a.number, a.id AS uuid, a.id::text AS id, a.declaration_id, a.declaration_id::text AS declaration, d.lrn, d.mrn, d.eoris,
       a.kind, a.version, a.grounds, a.party, a.state, a.applied_at, a.last_day, a.content, a.raw, s.body AS applied,
       a.decided_at, a.because, w.body AS decided
FROM application a JOIN declaration d ON d.id = a.declaration_id
LEFT JOIN step s ON s.declaration_id = a.declaration_id AND s.event_seq = a.applied_seq
LEFT JOIN step w ON w.declaration_id = a.declaration_id AND w.event_seq = a.decided_seq;

CREATE OR REPLACE VIEW declaration_record AS
SELECT d.number, d.id, v.version, d.current_version, d.lrn, d.mrn, d.declarant, d.eoris, d.direction, d.kind,
       v.received_at, d.accepted_at, d.event_seq,
       CASE WHEN v.state = 'received' AND d.lease_until > now() THEN 'processing' ELSE v.state END AS state,
       v.version = d.current_version AND d.due_at IS NOT NULL AS due,
       v.documents, c.body AS decision,
       d.confirmed AND v.version = d.current_version AS confirmed,
       d.released,
       v.version = d.current_version AND EXISTS (
           SELECT 1 FROM step s WHERE s.declaration_id = d.id AND s.kind IS NOT NULL AND s.outcome IS NULL
       ) AS outstanding,
       d.examination
FROM declaration d
JOIN declaration_version v ON v.declaration_id = d.id
LEFT JOIN decision c ON c.declaration_id = d.id AND c.number = v.decision_number;
