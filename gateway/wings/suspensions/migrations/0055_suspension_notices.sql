-- Notices that authorities are owed, sent by the gateway: when the next one is due, how often that was tried, and why not yet.
-- serves beside: 1.0.0
ALTER TABLE suspension ADD COLUMN tell_at timestamptz,      -- NULL: none is due
    ADD COLUMN tell_attempt integer NOT NULL DEFAULT 0,
    ADD COLUMN tell_cause text,                             -- the code of the last fault; NULL: none
    ADD COLUMN officers boolean NOT NULL DEFAULT false;     -- whether an officer has to speak next
