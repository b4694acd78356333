#!/bin/sh
# Makes ./secrets (passwords nobody knows, each file for the user of one container) and empty ./etc and ./backups. Run as root, once; a file that
# is there already is left as it is. Says what is still left to do.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
chmod 711 secrets

# secret NAME OWNER TEXT
secret() {
    test -e "secrets/$1" || printf '%s' "$3" > "secrets/$1"
    chown "$2" "secrets/$1"
    chmod 400 "secrets/$1"
}

password() { openssl rand -hex 24; }

secret postgres_password 999:999 "$(password)"
secret owner_password 999:999 "$(password)"
secret gateway_password 999:999 "$(password)"
secret owner_pgpass 65532:65532 "*:*:*:gateway_owner:$(cat secrets/owner_password)"
secret gateway_pgpass 65532:65532 "*:*:*:gateway:$(cat secrets/gateway_password)"
secret grafana_password 472:0 "$(password)"
for folder in secrets/authorities etc backups; do
    mkdir -p "$folder"
    chown 65532:65532 "$folder"
    chmod 700 "$folder"
done

if test -e secrets/certificate; then
    chown 99:99 secrets/certificate
    chmod 400 secrets/certificate
else
    echo "left: secrets/certificate, the certificate of your name, its chain and its key in one file (PEM); then this once more"
fi
test -e etc/gateway.toml || echo "left: etc/gateway.toml, by \`gateway init\` of the image (docs/operators-containers.md)"
