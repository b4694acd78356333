-- Movements of certified quantities, and the steps that ask for them.

ALTER TABLE declaration
    ADD COLUMN released      text,                              -- what was released so far
    ADD COLUMN given_back    boolean NOT NULL DEFAULT false,    -- abandoned: what it held goes back
    ADD COLUMN unsettled     boolean NOT NULL DEFAULT false,    -- something has to be looked up at an authority, even if it ended
    ADD COLUMN holding_since timestamptz;                       -- since when it has something reserved

CREATE INDEX declaration_holding ON declaration (holding_since) WHERE holding_since IS NOT NULL;
CREATE INDEX declaration_unsettled ON declaration (received_at) WHERE unsettled;

-- An order to an authority: written as an intent before it is sent. `body` is the whole of it.
CREATE TABLE movement (
    declaration_id  uuid NOT NULL REFERENCES declaration,
    number          integer NOT NULL,
    type            text NOT NULL,
    reference       text NOT NULL,
    adapter         text NOT NULL,
    kind            text NOT NULL,
    state           text NOT NULL,
    planned_at      timestamptz NOT NULL,
    settled_at      timestamptz,
    body            text NOT NULL,
    PRIMARY KEY (declaration_id, number)
) WITH (fillfactor = 80);

-- Nothing is ordered of a document while it is not known what became of the order before.
CREATE UNIQUE INDEX movement_one_open ON movement (declaration_id, type, reference) WHERE state IN ('planned', 'in_doubt');
CREATE INDEX movement_open ON movement (planned_at) WHERE state IN ('planned', 'in_doubt');

-- Releases and interventions are steps that are carried out: `outcome` is NULL until they are.
ALTER TABLE step ADD COLUMN kind text, ADD COLUMN outcome text;
CREATE INDEX step_open ON step (declaration_id, event_seq) WHERE kind IS NOT NULL AND outcome IS NULL;

-- Whether the documents were asked about after everything that was received of them.
CREATE FUNCTION is_looked_at(declaration uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        max(seq) FILTER (WHERE kind = 'documents.verified') > max(seq) FILTER (WHERE kind IN (
            'declaration.received', 'amendment.received', 'acceptance.received', 'document.verified_by_officer',
            'declaration.abandoned', 'quantity.doubted'
        )),
        false
    )
    FROM event WHERE declaration_id = declaration
$$;

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
       ) AS outstanding
FROM declaration d
JOIN declaration_version v ON v.declaration_id = d.id
LEFT JOIN decision c ON c.declaration_id = d.id AND c.number = v.decision_number;
