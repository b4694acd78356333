-- Numbers of containers and means of transport, by which declarations are found.
-- serves beside: 1.0.0
CREATE TABLE transport_number (
    declaration_id  uuid NOT NULL,
    number          text NOT NULL,                              -- without what separates its parts, in capitals
    last            integer NOT NULL DEFAULT 1,                 -- the newest version that states it
    PRIMARY KEY (declaration_id, number)
);
CREATE INDEX transport_number_by_end ON transport_number (reverse(number) text_pattern_ops);
