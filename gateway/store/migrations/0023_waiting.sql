-- Which authorities a declaration waits for that did not answer, since when, and when they were asked last; and since when each
-- authority answers again. What waited is assessed again from then on.
-- A switched-off adapter may finish what is under way (`draining`); an older replica takes that for disabled.
-- serves beside: 0.1.0

ALTER TABLE declaration ADD COLUMN waits_for text[] NOT NULL DEFAULT '{}';
ALTER TABLE declaration ADD COLUMN waits_since timestamptz;
ALTER TABLE declaration ADD COLUMN waits_at timestamptz;
CREATE INDEX declaration_waits ON declaration (waits_since) WHERE waits_for <> '{}';

CREATE TABLE adapter_return (
    adapter         text PRIMARY KEY,
    at              timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE adapter_switch ADD COLUMN draining boolean NOT NULL DEFAULT false;
