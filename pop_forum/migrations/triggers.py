"""The triggers that note what the index does not know yet (models/search.py), made anew after every migration."""

from dataclasses import dataclass

from sqlalchemy import Connection, inspect, text

PREFIX = "index_change"


@dataclass(frozen=True, slots=True)
class Noted:
    """One kind of change: of which table, on what, and what the note says; `row` is NEW or OLD."""

    table: str
    event: str  # INSERT | UPDATE | DELETE
    subject: str  # SQL
    columns: tuple[str, ...] = ()  # of an update

    @property
    def name(self) -> str:
        """The name of its trigger (and, on PostgreSQL, of its function)."""
        return f"{PREFIX}_{self.table}_{self.event.lower()}"

    @property
    def when(self) -> str:
        """AFTER INSERT, AFTER UPDATE OF …"""
        return f"AFTER {self.event}" + (f" OF {', '.join(self.columns)}" if self.columns else "")


NOTED = (
    Noted("posts", "INSERT", "'p' || NEW.id"),
    Noted("posts", "UPDATE", "'p' || NEW.id", ("source", "deleted_at", "thread_id")),
    Noted("posts", "DELETE", "'p' || OLD.id"),
    Noted("threads", "UPDATE", "'t' || NEW.id", ("title", "measure")),
    Noted("people", "UPDATE", "'u' || NEW.id", ("name",)),
    Noted("people", "DELETE", "'u' || OLD.id"),
    Noted("revisions", "INSERT", "'m' || NEW.measure"),
    Noted("stances", "INSERT", "'m' || NEW.measure"),
    Noted("stances", "UPDATE", "'m' || NEW.measure", ("digest",)),
)


def make(connection: Connection) -> None:
    """Nothing; each trigger is there, as this version wants it."""
    if not inspect(connection).has_table("index_changes"):
        return
    for noted in NOTED:
        for statement in _STATEMENTS[connection.dialect.name](noted):
            connection.execute(text(statement))


def _sqlite(noted: Noted) -> tuple[str, ...]:
    insert = f"INSERT INTO index_changes (subject) VALUES ({noted.subject})"
    return (
        f"DROP TRIGGER IF EXISTS {noted.name}",
        f"CREATE TRIGGER {noted.name} {noted.when} ON {noted.table} BEGIN {insert}; END",
    )


def _postgresql(noted: Noted) -> tuple[str, ...]:
    insert = f"INSERT INTO index_changes (subject) VALUES ({noted.subject})"
    return (
        f"CREATE OR REPLACE FUNCTION {noted.name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {insert}; RETURN NULL; END $$",
        f"DROP TRIGGER IF EXISTS {noted.name} ON {noted.table}",
        f"CREATE TRIGGER {noted.name} {noted.when} ON {noted.table} FOR EACH ROW EXECUTE FUNCTION {noted.name}()",
    )


_STATEMENTS = {"sqlite": _sqlite, "postgresql": _postgresql}
