"""Schemas by revision: creating is upgrading from nothing, opening only checks.

The revisions stand in `migrations/<room>/versions/` inside the package and need no file of settings.
"""

from pathlib import Path

from sqlalchemy import Connection, Table, column, inspect, select, table
from sqlalchemy.exc import SQLAlchemyError

from comity.core.errors import Absent, Broken, Refused

MIGRATIONS = Path(__file__).parent / "migrations"
_VERSIONS = "alembic_version"


def create(connection: Connection, room: str, nameplate: Table, name: str) -> None:
    """Brings an empty database to the newest schema of `room` and writes its name into it."""
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(MIGRATIONS / room))
    context = MigrationContext.configure(connection)
    with Operations.context(context):
        for script in reversed(list(scripts.iterate_revisions("head", "base"))):
            script.module.upgrade()
    context.stamp(scripts, "head")
    connection.execute(nameplate.insert().values(name=name))


def check(connection: Connection, head: str, nameplate: Table, name: str, file: str) -> None:
    """Raises `Refused` for a schema this program does not know, `Broken` for a file that is another store's."""
    try:
        tables = inspect(connection).get_table_names()
    except SQLAlchemyError:
        raise Broken(f"{file} is not a database of Comity", "restore it from a backup") from None
    if not {_VERSIONS, nameplate.name} <= set(tables):
        raise Broken(f"{file} is not a database of Comity: it does not say which store it is")
    versions = table(_VERSIONS, column("version_num"))
    revision = connection.execute(select(versions.c.version_num)).scalar_one_or_none()
    if revision != head:
        raise Refused(
            f"{file} has schema {revision}, and this program works with {head}",
            "open it with the version of Comity that wrote it, or upgrade a copy",
        )
    found = connection.execute(select(nameplate.c.name)).scalars().all()
    if found != [name]:
        raise Broken(f"{file} should be the store of {name!r}, and it says it is {', '.join(found) or 'nobody'}'s")


def require(path: Path, hint: str) -> None:
    """Raises `Absent`: opening never creates."""
    if not path.is_file():
        raise Absent(f"there is no {path.name} in {path.parent}", hint)
