-- What an adapter's code did when it overran, and which switches are the gateway's own: quarantines, with what they were for.
-- An older replica takes what is quarantined for disabled.
-- serves beside: 0.1.0

ALTER TABLE adapter_overrun ADD COLUMN kind text;               -- late, ended or memory, the last time; NULL: of an older gateway

ALTER TABLE adapter_switch ADD COLUMN quarantined boolean NOT NULL DEFAULT false;
ALTER TABLE adapter_switch ADD COLUMN declarations integer;     -- of so many its code overran; NULL: it is no quarantine
ALTER TABLE adapter_switch ADD COLUMN late integer;             -- with how many of them it took too long last,
ALTER TABLE adapter_switch ADD COLUMN ended integer;            -- ended its process,
ALTER TABLE adapter_switch ADD COLUMN memory integer;           -- or wanted too much memory
