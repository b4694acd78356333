-- Declarations of which an authority has something that no order puts right: officers are told, and find them here.
-- serves beside: 0.1.0

ALTER TABLE declaration ADD COLUMN left_since timestamptz;      -- since when; null: there is nothing of the kind

CREATE INDEX declaration_left ON declaration (left_since) WHERE left_since IS NOT NULL;
