-- What somebody typed whose session had ended by the time that it was sent: kept for half an hour, until they are signed in again.
-- serves beside: 0.1.0

ALTER TABLE session
    ADD COLUMN draft text,                                      -- the fields of one form, as JSON
    ADD COLUMN draft_path text,                                 -- the page that it belongs to
    ADD COLUMN draft_at timestamptz;
CREATE INDEX session_with_draft ON session (draft_at) WHERE draft_at IS NOT NULL;
