-- A citation stands under the document's identity, as its authority's rule gives it, not under the declared spelling. What was
-- written before stands as declared until a replica has worked its identity out: the rules are code.

ALTER TABLE citation ADD COLUMN identified boolean NOT NULL DEFAULT false;
CREATE INDEX citation_as_declared ON citation (type, reference) WHERE NOT identified;
