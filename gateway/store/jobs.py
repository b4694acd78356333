"""The procrastinate App on our database: made here, given its tasks by `gateway.jobs`."""

from procrastinate import App, PsycopgConnector


def jobs_app(url: str) -> App:
    """Makes an App that is not open yet."""
    return App(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=4, timeout=10))
