-- What lists of declarations show and are searched by: on the head, which is written anyway when it is decided. What was decided
-- before is filled in, some at a time, by a job: this file changes no row of a large table.
-- serves beside: 0.1.0

ALTER TABLE declaration
    ADD COLUMN office text,                                     -- where it is lodged
    ADD COLUMN presentation_office text,                        -- where the goods are presented, if elsewhere
    ADD COLUMN listed integer,                                  -- the decision that the following say; another one: not filled in yet
    ADD COLUMN held_since timestamptz,                          -- the first of the decisions in a row that hold or refuse
    ADD COLUMN listing jsonb;                                   -- what readers find: nothing is hashed of it, so its order is nobody's

-- Readers are officers (0), officers once a refusal is confirmed (1), traders (2), traders once they are told of it (3).
CREATE FUNCTION listed_as(listing jsonb, reader integer) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT listing -> 'entries' -> (listing -> 'readers' ->> reader)::integer
$$;

-- What another version of the gateway decided before is not filled in: since when the goods are held is not known then.
CREATE FUNCTION listed_now(declaration, number integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN $1.decision_count = coalesce($1.listed, 0) THEN number END
$$;
CREATE FUNCTION held_from(declaration, decided_at timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN $1.decision_count = coalesce($1.listed, 0) AND decided_at IS NOT NULL
                THEN coalesce($1.held_since, decided_at) END
$$;

-- What stands in a queue, and what may: declarations that are held, and decided ones that are not filled in.
CREATE INDEX declaration_held ON declaration (number)
    WHERE held_since IS NOT NULL OR decision_count <> coalesce(listed, 0);
CREATE INDEX declaration_not_listed ON declaration (number) WHERE decision_count <> coalesce(listed, 0);

-- Found by their last characters, as people read them out.
CREATE INDEX declaration_by_end_of_mrn ON declaration (reverse(mrn) text_pattern_ops) WHERE mrn IS NOT NULL;
CREATE INDEX declaration_by_end_of_lrn ON declaration (reverse(lrn) text_pattern_ops);
CREATE INDEX party_by_end ON party (reverse(eori) text_pattern_ops, number);
CREATE INDEX citation_by_end ON citation (reverse(reference) text_pattern_ops);
