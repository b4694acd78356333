-- Sets of tables, and when each comes into force.

CREATE TABLE table_set (
    digest          text PRIMARY KEY,
    version         text NOT NULL,
    content         text NOT NULL,                      -- all rows as JSON, of which the digest is made
    stored_at       timestamptz NOT NULL DEFAULT now()
);

-- Of those whose time has come the latest counts; of two at one time the one that was ordered last.
CREATE TABLE table_switch (
    number          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest          text NOT NULL REFERENCES table_set,
    in_force_at     timestamptz NOT NULL,
    ordered_at      timestamptz NOT NULL DEFAULT now(),
    officer         text,
    reason          text
);

CREATE INDEX table_switch_in_force ON table_switch (in_force_at, number);
