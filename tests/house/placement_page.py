"""What `docs/distributed.md` shows of the placement of tables: where each stands, unique keys, statements that cross."""

from collections.abc import Callable, Mapping

from tests.builders.placement import placement

_PAGE = "docs/distributed.md"


def tables_table() -> str:
    """Every table of the database with its place and the reason."""
    known = placement()
    rows = {
        name: f"by `{one['by']}` | {'; '.join(one[key] for key in ('why', 'empty') if key in one)}"
        for name, one in known.distributed.items()
    }
    rows |= {name: f"every node | {why}" for name, why in known.reference.items()}
    rows |= {name: f"common node | {why}" for name, why in known.local.items()}
    return "| table | place | why |\n|---|---|---|\n" + "".join(
        f"| `{name}` | {rows[name]} |\n" for name in sorted(rows)
    )


def unique_table() -> str:
    """The unique keys that no node sees whole, and how they would be kept."""
    rows = "".join(
        f"| `{name}` | `{one['of']}` | {one['kept']} | {one['how']} |\n" for name, one in placement().unique.items()
    )
    return f"| unique key | table | kept by | how |\n|---|---|---|---|\n{rows}"


def statements_table() -> str:
    """The statements of the hot path that do not go by the declaration's id alone."""
    known = placement()
    crossing = "".join(f"| `{name}` | {why} |\n" for name, why in (*known.crossing.items(), *known.composed.items()))
    return f"| statement | why, and how it would go |\n|---|---|\n{crossing}"


TABLES: Mapping[tuple[str, str], Callable[[], str]] = {
    (_PAGE, "tables"): tables_table,
    (_PAGE, "unique"): unique_table,
    (_PAGE, "statements"): statements_table,
}
