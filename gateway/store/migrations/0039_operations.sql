-- What an adapter's code did when it overran, and which switches are the gateway's own: quarantines, with what they were for.
-- An older replica takes what is quarantined for disabled.
-- How adapters stand in each process, and which share each has in the requests that an authority allows a minute.
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

-- The shares of processes in what an authority allows a minute in all.
CREATE TABLE request_share (
    adapter         text NOT NULL,
    process         text NOT NULL,
    share           integer NOT NULL,                           -- requests in any 60 seconds,
    until           timestamptz NOT NULL,                       -- which the process goes by until then
    used            integer NOT NULL,                           -- requests of the last 60 seconds when it settled, and of places taken ahead
    used_until      timestamptz NOT NULL,                       -- when none of them counts any more
    PRIMARY KEY (adapter, process)
);
