-- What the conformance kit has shown of adapters' code, by the digest of its files.

-- name: store_adapter_tier
INSERT INTO adapter_tier (adapter, package, digest, tier, proven_until, lost, at)
VALUES (%(adapter)s, %(package)s, %(digest)s, %(tier)s, %(proven_until)s, %(lost)s, clock_timestamp())
RETURNING number, at, proven_until;

-- name: adapter_tiers
SELECT DISTINCT ON (package, digest) number, adapter, package, digest, tier, proven_until, lost, at
FROM adapter_tier ORDER BY package, digest, number DESC;
