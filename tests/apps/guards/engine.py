"""The guards of the migrated book, read from its own catalog, and how a statement is run against them."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from django.apps import apps

APP, OWNER = "conto_app", "conto_owner"
TABLES_OF_OTHERS = {"mfa_authenticator"}  # allauth's, and in use


@dataclass(frozen=True)
class Guard:
    """One promise that the database keeps: a constraint, a unique index or a trigger."""

    kind: str  # check | not null | foreign key | unique | exclude | trigger
    table: str
    name: str
    columns: tuple[str, ...]
    definition: str
    is_index: bool = False  # a unique index that no constraint stands for
    is_primary: bool = False
    where: str = ""  # of a unique index of some rows only

    def __str__(self) -> str:
        return f"{self.kind} {self.table}.{self.name}"

    @property
    def voice(self) -> str:
        """By what a refusal is known to be this guard's."""
        if self.kind == "not null":
            return f"{self.table}.{self.columns[0]}"
        if self.kind == "trigger":
            function = self.definition.rpartition("EXECUTE FUNCTION ")[2].partition("(")[0]
            return f"{function} of {self.table}" if function == "conto_refuse_change" else function
        return self.name


@dataclass(frozen=True)
class Attack:
    """Statements that break one promise, and the role that runs them."""

    statements: str
    role: str = OWNER


GUARDS = """
SELECT CASE contype WHEN 'c' THEN 'check' WHEN 'n' THEN 'not null' WHEN 'f' THEN 'foreign key' WHEN 'x' THEN 'exclude'
        ELSE 'unique' END,
    t.relname, conname,
    ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY(conkey)),
    pg_get_constraintdef(k.oid), false, contype = 'p', ''
FROM pg_constraint k JOIN pg_class t ON t.oid = conrelid
WHERE connamespace = 'public'::regnamespace AND t.relkind = 'r' AND contype <> 't'  -- a trigger, below
UNION ALL
SELECT 'unique', t.relname, x.relname,
    ARRAY(SELECT a.attname::text FROM pg_depend d JOIN pg_attribute a ON a.attrelid = i.indrelid
        AND a.attnum = d.refobjsubid WHERE d.objid = i.indexrelid AND d.refobjid = i.indrelid AND d.refobjsubid > 0),
    pg_get_indexdef(x.oid), true, false, coalesce(pg_get_expr(i.indpred, i.indrelid), '')
FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
WHERE t.relnamespace = 'public'::regnamespace AND t.relkind = 'r' AND i.indisunique
    AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid)
UNION ALL
SELECT 'trigger', t.relname, tgname, '{}', pg_get_triggerdef(g.oid), false, false, ''
FROM pg_trigger g JOIN pg_class t ON t.oid = tgrelid
WHERE t.relnamespace = 'public'::regnamespace AND NOT tgisinternal
ORDER BY 2, 1, 3
"""
COLUMNS = """
SELECT table_name, column_name, data_type, coalesce(character_maximum_length, 64), is_identity = 'YES'
FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position
"""


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    name: str
    type: str
    length: int
    is_identity: bool


def our_tables() -> set[str]:
    """Return the tables whose promises are ours: those of our areas."""
    ours = {
        model._meta.db_table
        for config in apps.get_app_configs()
        if config.name.startswith("conto.")
        for model in config.get_models(include_auto_created=True)
    }
    return ours | TABLES_OF_OTHERS


class Fortress:
    """A filled book as its attackers see it; every trigger sleeps until it is the one that is attacked."""

    def __init__(self, connection: psycopg.Connection) -> None:
        """Read the catalog; the connection is the superuser's, who takes either role."""
        self.connection = connection
        tables = our_tables()
        self.guards = [Guard(*row[:3], tuple(row[3]), *row[4:]) for row in self.rows(GUARDS) if row[1] in tables]
        self.tables = sorted(tables)
        self.columns: dict[str, dict[str, Column]] = {}
        for table, *column in self.rows(COLUMNS):
            self.columns.setdefault(table, {})[column[0]] = Column(*column)
        for table in tables:
            self._alter(table, "DISABLE TRIGGER USER")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return what a query finds."""
        return self.connection.execute(query).fetchall()  # type: ignore[arg-type]

    def of(self, table: str, *kinds: str) -> list[Guard]:
        """Return the guards of some kinds that stand at a table."""
        return [guard for guard in self.guards if guard.table == table and guard.kind in kinds]

    def named(self, name: str) -> Guard:
        """Return the guard of a name."""
        return next(guard for guard in self.guards if guard.name == name)

    def may(self, table: str, right: str) -> bool:
        """Tell whether the application has a right on a whole table."""
        return bool(self.rows(f"SELECT has_table_privilege('{APP}', 'public.{table}', '{right}')")[0][0])

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Take back whatever happens inside."""
        with self.connection.transaction(force_rollback=True):
            yield

    def refusal(self, attack: Attack) -> str:
        """Run an attack, its deferred checks included, and take it back; return who refused it, or nothing."""
        statements = f"SET LOCAL ROLE {attack.role}; {attack.statements}; SET CONSTRAINTS ALL IMMEDIATE"
        try:
            with self.undone():
                cursor = self.connection.execute(statements)  # type: ignore[arg-type]
                hits = [cursor.rowcount]
                while cursor.nextset():
                    hits.append(cursor.rowcount)
        except psycopg.Error as error:
            return _voice(error)
        return "nobody: it hit no row" if 0 in hits else ""

    def wake(self, guard: Guard) -> None:
        """Let a trigger stand guard; other guards always do."""
        if guard.kind == "trigger":
            self._alter(guard.table, f'ENABLE TRIGGER "{guard.name}"')

    def drop(self, guard: Guard) -> None:
        """Take a guard away."""
        if guard.kind == "trigger":
            self.connection.execute(f'DROP TRIGGER "{guard.name}" ON "{guard.table}"')  # type: ignore[arg-type]
        elif guard.is_index:
            self.connection.execute(f'DROP INDEX "{guard.name}"')  # type: ignore[arg-type]
        else:
            if guard.kind == "not null":
                self._free(guard)
            self._alter(guard.table, f'DROP CONSTRAINT "{guard.name}" CASCADE')

    def _free(self, guard: Guard) -> None:
        """Take away what fills a column besides the guard itself: a primary key, an identity."""
        for key in self.of(guard.table, "unique"):
            if key.is_primary and guard.columns[0] in key.columns:
                self._alter(guard.table, f'DROP CONSTRAINT "{key.name}" CASCADE')
        if self.columns[guard.table][guard.columns[0]].is_identity:
            self._alter(guard.table, f'ALTER COLUMN "{guard.columns[0]}" DROP IDENTITY')

    def _alter(self, table: str, change: str) -> None:
        self.connection.execute(f'ALTER TABLE "{table}" {change}')  # type: ignore[arg-type]

    def changed(self, table: str, changes: dict[str, str], where: str = "true", first: str = "ctid") -> Attack:
        """Change columns of one row: as the application where it may, else as the owner, as functions of ours do."""
        pairs = ", ".join(f'"{column}" = {value}' for column, value in changes.items())
        row = f'ctid = (SELECT ctid FROM "{table}" WHERE {where} ORDER BY {first} LIMIT 1)'
        return Attack(f'UPDATE "{table}" SET {pairs} WHERE {row}', APP if self.may(table, "UPDATE") else OWNER)

    def copied(self, table: str, changes: dict[str, str], where: str = "true", times: int = 1) -> Attack:
        """Insert copies of one row with some columns changed."""
        columns = [c.name for c in self.columns[table].values() if not c.is_identity or c.name in changes]
        names = ", ".join(f'"{column}"' for column in columns)
        values = ", ".join(changes.get(column, f'"{column}"') for column in columns)
        copy = f'INSERT INTO "{table}" ({names}) SELECT {values} FROM "{table}" WHERE {where} LIMIT 1'
        return Attack("; ".join([copy] * times), APP if self.may(table, "INSERT") else OWNER)

    def fresh_keys(self, table: str, kept: Iterable[str] = ()) -> dict[str, str]:
        """Return changes that make a copy of a row new in every key, some columns staying as they are."""
        changes: dict[str, str] = {}
        linked = {column for key in self.of(table, "foreign key") for column in key.columns}
        checked = {column for check in self.of(table, "check") for column in check.columns}
        for key in self.of(table, "unique", "exclude"):
            free = [self.columns[table][name] for name in key.columns if name not in kept]
            free = [column for column in free if _fresh(column) and not column.is_identity]
            if free and not {column.name for column in free} & changes.keys():
                best = min(free, key=lambda c: (c.name in checked, c.name in linked, c.type != "uuid", -c.length))
                changes[best.name] = f'CASE WHEN "{best.name}" IS NOT NULL THEN {_fresh(best)} END'
        return changes

    def pointing_at(self, key: Guard) -> list[Guard]:
        """Return the foreign keys that need a unique key."""
        query = f"SELECT conname FROM pg_constraint WHERE contype = 'f' AND conindid = '\"{key.name}\"'::regclass"
        names = {name for (name,) in self.rows(query)}
        return [guard for guard in self.guards if guard.kind == "foreign key" and guard.name in names]


def _fresh(column: Column) -> str:
    """Write a value that no row has, if the type of the column has one."""
    return {
        "uuid": "gen_random_uuid()",
        "character varying": f"left(md5(random()::text), {min(column.length, 9)})",
        "text": "md5(random()::text)",
        "bytea": "decode(md5(random()::text) || md5(random()::text), 'hex')",
        "timestamp with time zone": "clock_timestamp()",
        "daterange": "'[2001-01-01,2001-02-01)'::daterange",
        "smallint": "1000 + (random() * 30000)::int",
        "integer": "1000 + (random() * 1000000)::int",
        "bigint": "1000 + (random() * 1000000)::int",
    }.get(column.type, "")


def _voice(error: psycopg.Error) -> str:
    state = error.sqlstate or ""
    if raised := re.search(r"function (\w+)\([^)]*\) line \d+ at RAISE", error.diag.context or ""):
        table = re.search(r"rows of (\w+) are never", str(error))
        return f"{raised[1]} of {table[1]}" if table else raised[1]
    if state == "23502":
        return f"{error.diag.table_name}.{error.diag.column_name}"
    if state == "42501":
        return "rights"
    if state.startswith("23") and error.diag.constraint_name:
        return error.diag.constraint_name
    return f"nobody: {state} {str(error).splitlines()[0]}"
