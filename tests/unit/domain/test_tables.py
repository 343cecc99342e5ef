"""Tables for spreadsheets: what people typed is shown, never computed."""

import csv
import io

import pytest

from pop_forum.domain.tables import BYTE_ORDER_MARK, FORMULA, guarded, table, typed


def read(text: str) -> list[list[str]]:
    """The rows of a file, as a program reads them."""
    assert text.startswith(BYTE_ORDER_MARK)
    return list(csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")))


@pytest.mark.parametrize("start", FORMULA)
def test_row_76_no_cell_begins_like_a_formula(start: str) -> None:
    [_, [cell]] = read(table(["titre"], [[f"{start}HYPERLINK(1)"]]))
    assert not cell.startswith(FORMULA)
    assert typed(cell) == f"{start}HYPERLINK(1)"


@pytest.mark.parametrize(
    "text", ["", "'", "'=1+1", "un, deux", 'dit "oui"', "a\nb", "« 12 500 € »", "a=b", "l'école", "''"]
)
def test_row_76_every_text_can_be_read_back(text: str) -> None:
    [_, [cell, after]] = read(table(["titre", "suite"], [[text, "x"]]))
    assert typed(cell) == text and after == "x"


def test_numbers_stay_numbers() -> None:
    assert read(table(["n"], [[12], [0]])) == [["n"], ["12"], ["0"]]


def test_other_line_ends_do_not_cut_a_row() -> None:
    text = table(["titre"], [["a\u2028b\u0085c\0d"]])
    assert len(text.removeprefix(BYTE_ORDER_MARK).split("\r\n")) == 3
    assert guarded("a\u2028b") == "a\nb"
