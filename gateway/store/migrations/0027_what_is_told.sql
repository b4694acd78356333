-- What a trader may be told of a notice, and places in lists that tell nothing.
-- serves beside: 0.1.0

-- Whether customs had confirmed the decision that the notice is about: till then a trader reads no refusal of it.
ALTER TABLE notice ADD COLUMN told boolean NOT NULL DEFAULT false;

-- What places in lists are sealed with for traders: every replica reads what any of them gave.
CREATE TABLE place_key (
    one             boolean PRIMARY KEY DEFAULT true CHECK (one),  -- there is one row
    key             bytea NOT NULL
);
INSERT INTO place_key (key) VALUES (decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));
