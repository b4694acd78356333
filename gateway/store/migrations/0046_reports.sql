-- Reports of released goods to authorities whose rows ask for them: what is reported, and when it is sent.
-- serves beside: 0.1.0
ALTER TABLE step
    ADD COLUMN reports text,                                -- NULL: none is required, or from before reports were sent
    ADD COLUMN reports_due_at timestamptz,                  -- when those that no authority has yet are sent; NULL: there are none
    ADD COLUMN reports_taken integer NOT NULL DEFAULT 0;    -- how often a process took them to send them
