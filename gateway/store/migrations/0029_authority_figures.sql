-- How the calls of each process to authorities went, in slots of time: what is said of an authority counts over all replicas.
-- serves beside: 0.1.0

CREATE TABLE authority_figures (
    adapter         text NOT NULL,
    slot            timestamptz NOT NULL,
    -- Who made the calls.
    process         text NOT NULL,
    -- Calls by how long they took, one count for each bound, and one for those that exceeded the last.
    latencies       integer[] NOT NULL,
    -- Calls without an answer, by the code of the fault.
    faults          jsonb NOT NULL DEFAULT '{}',
    -- When the call was made that was answered last; the first one since then that was not; and the latest such call.
    last_ok_at      timestamptz,
    down_since      timestamptz,
    away_at         timestamptz,
    PRIMARY KEY (adapter, slot, process)
);
CREATE INDEX authority_figures_slot ON authority_figures (slot);
