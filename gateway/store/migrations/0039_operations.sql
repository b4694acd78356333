-- What an adapter's code did when it overran, and which switches are the gateway's own: quarantines, with what they were for.
-- An older replica takes what is quarantined for disabled.
-- How adapters stand in each process.
-- serves beside: 0.1.0

ALTER TABLE adapter_overrun ADD COLUMN kind text;               -- late, ended or memory, the last time; NULL: of an older gateway

ALTER TABLE adapter_switch ADD COLUMN quarantined boolean NOT NULL DEFAULT false;
ALTER TABLE adapter_switch ADD COLUMN declarations integer;     -- of so many its code overran; NULL: it is no quarantine
ALTER TABLE adapter_switch ADD COLUMN late integer;             -- with how many of them it took too long last,
ALTER TABLE adapter_switch ADD COLUMN ended integer;            -- ended its process,
ALTER TABLE adapter_switch ADD COLUMN memory integer;           -- or wanted too much memory

CREATE TABLE adapter_process (
    adapter         text NOT NULL,
    process         text NOT NULL,
    at              timestamptz NOT NULL DEFAULT now(),         -- when the process said so
    until           timestamptz NOT NULL,                       -- it would have said it again before, if it lived
    tier            text NOT NULL,
    why             text NOT NULL,
    runs_in         text NOT NULL,                              -- loop or sandbox
    breaker         text NOT NULL,
    in_flight       integer NOT NULL,
    last_at         timestamptz,                                -- of the last exchange; NULL: it had none
    last_outcome    text,
    last_ms         integer,
    PRIMARY KEY (adapter, process)
);
