#!/bin/bash
# Run once by the image of PostgreSQL, when its folder of data is new: the role that owns the schema, and the one that serves.
set -eu
psql -v ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname gateway \
    -v owner_password="$(cat /run/secrets/owner_password)" -v gateway_password="$(cat /run/secrets/gateway_password)" <<'SQL'
CREATE ROLE gateway_owner LOGIN CREATEROLE PASSWORD :'owner_password';
CREATE ROLE gateway LOGIN PASSWORD :'gateway_password' ADMIN gateway_owner;
ALTER DATABASE gateway OWNER TO gateway_owner;
ALTER SCHEMA public OWNER TO gateway_owner;
REVOKE ALL ON DATABASE gateway FROM PUBLIC;
GRANT CONNECT ON DATABASE gateway TO gateway;
SQL
