-- Indicators: what happened on a day at each office, counted in the night after it, and which days were counted.
-- serves beside: 1.0.0
CREATE TABLE indicator_day (
    count           text NOT NULL,                              -- one of the closed list
    day             date NOT NULL,                              -- of the installation's zone
    office          text NOT NULL,                              -- of lodging; empty: none was stated
    part            text NOT NULL,                              -- what else the count is told apart by, as an authority; empty: nothing; '*': the sum over them
    number          bigint NOT NULL,
    PRIMARY KEY (count, day, office, part)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
-- Years of sums are read without what they are sums of.
CREATE INDEX indicator_day_sums ON indicator_day (count, day, office) INCLUDE (number) WHERE part = '*';

-- A day without a row was not counted: nobody knows its figures, and they are not zero.
CREATE TABLE indicator_fold (
    day             date PRIMARY KEY,
    events          bigint NOT NULL,                            -- of the day, when it was counted: with more it is counted again
    at              timestamptz NOT NULL
);
