-- What other rules would have decided, as `gateway replay --report` counted it: figures with names of declarations, and of no person but who asked.
-- serves beside: 0.1.0

CREATE TABLE what_if_report (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    made_at         timestamptz NOT NULL DEFAULT now(),
    asked_by        text,                                       -- the account of the machine; NULL: it has no name, or it is erased
    question        text NOT NULL,                              -- replay, what_if or shadow
    since           date NOT NULL,
    until           date,                                       -- the last day; NULL: up to when it was made
    tables_version  text,                                       -- NULL: those that decided
    tables_digest   text,
    rules           text,                                       -- the folder with other tables
    rule_set        text,
    figures         text NOT NULL                               -- as `--json` prints them
);
CREATE INDEX what_if_report_by_time ON what_if_report (made_at, id);
