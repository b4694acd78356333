-- What meets an alert, sealed: which declarations those are is said by its body alone.
-- serves beside: 1.0.0
CREATE TABLE risk_match (
    number  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT now(),
    key     bytea NOT NULL UNIQUE,                      -- of alert and declaration, by a key that is in no database
    body    bytea NOT NULL                              -- sealed
);
