"""What a commune adds to the imprint of its printed documents, from instance.toml: a printer, a campaign's agent."""

from pop_forum.settings.reading import Table

MOST_LINES = 6
LONGEST_LINE = 200


def imprint(table: Table) -> tuple[str, ...]:
    """The lines of `imprint`, in their order."""
    lines = table.words("imprint", ())
    if len(lines) > MOST_LINES:
        table.wrong("imprint", f"compte {len(lines)} lignes, {MOST_LINES} au plus sont permises")
    elif any(len(line) > LONGEST_LINE for line in lines):
        table.wrong("imprint", f"a une ligne de plus de {LONGEST_LINE} caractères")
    return lines
