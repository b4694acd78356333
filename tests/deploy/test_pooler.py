"""The delivered configuration of PgBouncer says what a gateway needs of a pooler; `flows/test_pooler.py` serves one through it."""

from configparser import ConfigParser

from tests.builders.pooler import DELIVERED


def test_it_pools_by_transactions_and_knows_prepared_statements() -> None:
    read = ConfigParser(interpolation=None)
    read.read_string(DELIVERED.read_text(encoding="utf-8"))
    own = read["pgbouncer"]
    assert own["pool_mode"] == "transaction"
    assert int(own["max_prepared_statements"]) >= 100
    assert "extra_float_digits" in own["ignore_startup_parameters"]
    # Nobody gets in without a password, and nobody reads one in it.
    assert own["auth_type"] == "scram-sha-256"
    assert "password" not in read["databases"]["gateway"]
