-- Suspensions of goods items. A gateway that does not know them would release what is suspended: none serves beside.
-- serves beside: 1.0.0
ALTER TABLE declaration ADD COLUMN shut text;               -- its suspensions that are not over; NULL: none

CREATE TABLE suspension (
    declaration_id  uuid NOT NULL REFERENCES declaration (id),
    number          integer NOT NULL,
    body            text NOT NULL,
    over            boolean NOT NULL,
    deadline        date NOT NULL,                          -- the last day by which somebody has to speak; none: 9999-12-31
    due_at          timestamptz,                            -- when its next clock has run out; NULL: none runs
    counted_by      text NOT NULL,                          -- the set of tables by whose holidays its clocks were counted
    PRIMARY KEY (declaration_id, number)
);

CREATE INDEX suspension_due ON suspension (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX suspension_listed ON suspension (deadline, declaration_id, number) WHERE NOT over;
CREATE INDEX suspension_counted ON suspension (counted_by) WHERE due_at IS NOT NULL;
