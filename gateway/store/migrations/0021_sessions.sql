-- Who was proven by issuers, who is signed in, and sign-ins and sign-outs that wait for their issuer. All of it is personal data that is forgotten.
-- serves beside: 0.1.0

-- What an issuer said last of somebody: by it an order that waits for a second person is still theirs.
CREATE TABLE proven_subject (
    name            text PRIMARY KEY,
    issuer          text NOT NULL,
    subject         text NOT NULL,
    person          text NOT NULL,
    is_person       boolean NOT NULL,
    role            text NOT NULL,
    eoris           text[],
    offices         text[],
    proven_at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX proven_subject_by_time ON proven_subject (proven_at);

CREATE TABLE session (
    digest          bytea PRIMARY KEY,                          -- SHA-256 of what the browser keeps
    room            text NOT NULL,
    issuer          text NOT NULL,
    subject         text NOT NULL,
    sid             text,                                       -- the issuer's own name of its session
    name            text NOT NULL,
    person          text NOT NULL,
    role            text NOT NULL,
    eoris           text[],
    offices         text[],
    id_token        text,                                       -- shown to the issuer at sign-out; gone once it is over
    began_at        timestamptz NOT NULL DEFAULT now(),
    used_at         timestamptz NOT NULL DEFAULT now(),
    ends_at         timestamptz NOT NULL,
    ended_at        timestamptz,
    ended_by        text
);
CREATE INDEX session_of_subject ON session (issuer, subject) WHERE ended_at IS NULL;
CREATE INDEX session_by_end ON session (ends_at);

CREATE TABLE sign_in (
    state           bytea PRIMARY KEY,                          -- SHA-256 of what goes to the issuer and comes back
    kind            text NOT NULL,                              -- sign-in, or sign-out at the issuer
    browser         bytea NOT NULL,                             -- SHA-256 of what the browser keeps meanwhile
    issuer          text NOT NULL,
    nonce           text NOT NULL,
    verifier        text NOT NULL,
    target          text NOT NULL,
    ends_at         timestamptz NOT NULL
);
CREATE INDEX sign_in_by_end ON sign_in (ends_at);
