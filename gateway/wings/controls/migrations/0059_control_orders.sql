-- Orders to control goods, each written under the lock of its declaration's head.
-- serves beside: 1.0.0
CREATE TABLE control_order (
    number          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    declaration_id  uuid NOT NULL REFERENCES declaration (id),
    body            text NOT NULL,
    over            boolean NOT NULL,
    state           text NOT NULL,
    office          text,                                   -- that carries it out; NULL: none is known
    rank            smallint NOT NULL,                      -- of its level: the highest comes first
    announced       boolean NOT NULL,                       -- whether the announced examination stands for it
    due             timestamptz NOT NULL                    -- its appointment, or when it was opened
);

CREATE INDEX control_order_declaration ON control_order (declaration_id);
CREATE INDEX control_order_listed ON control_order (rank DESC, due, number) WHERE NOT over;
CREATE INDEX control_order_announced ON control_order (declaration_id) WHERE announced;
