"""CSV (RFC 4180) that a spreadsheet opens as text: no cell of ours is ever taken for a formula. Pure."""

import csv
import io
from collections.abc import Iterable, Sequence

BYTE_ORDER_MARK = "\ufeff"  # without it, spreadsheets on Windows read UTF-8 as something else
FORMULA = tuple(
    "=+-@\t\r\n＝＋－＠"
)  # what a cell may begin with to be computed instead of shown (OWASP, CSV injection)
GUARD = "'"

_LINE_ENDS = str.maketrans({"\u0085": "\n", "\u2028": "\n", "\u2029": "\n", "\0": None})


def table(header: Sequence[str], rows: Iterable[Sequence[str | int]]) -> str:
    """The whole file."""
    file = io.StringIO(newline="")
    file.write(BYTE_ORDER_MARK)
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([cell if isinstance(cell, int) else guarded(cell) for cell in row] for row in rows)
    return file.getvalue()


def guarded(text: str) -> str:
    """The text behind an apostrophe when it could be taken for a formula, or begins with an apostrophe itself."""
    plain = text.translate(_LINE_ENDS)
    return GUARD + plain if plain.startswith((*FORMULA, GUARD)) else plain


def typed(cell: str) -> str:
    """The text that a cell of ours stands for."""
    return cell.removeprefix(GUARD)
