-- What became of declarations hour by hour at each office: counted each minute from what was told of them, never for a page.
-- serves beside: 0.3.0
CREATE TABLE hour_figures (
    hour                timestamptz NOT NULL,
    office              text NOT NULL,                          -- where they are lodged; empty: nowhere
    presentation_office text NOT NULL,                          -- where the goods are presented, if elsewhere
    free                integer NOT NULL,                       -- by the last decision of the hour: free to be released,
    held                integer NOT NULL,
    refused             integer NOT NULL,
    released            integer NOT NULL,                       -- of which anything was released
    PRIMARY KEY (hour, office, presentation_office)
);

CREATE TABLE hour_count (
    one                 boolean PRIMARY KEY DEFAULT true CHECK (one),  -- there is one row
    at                  timestamptz NOT NULL                    -- up to when it was counted
);
