-- What places in lists are sealed with for traders.

-- name: place_key
SELECT key FROM place_key;
