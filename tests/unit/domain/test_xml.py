"""What may stand in an XML document."""

from xml.etree import ElementTree

import pytest

from pop_forum.domain.xml import legal


@pytest.mark.parametrize("char", ["\x00", "\x0b", "\x1f", "\ud800", "\udfff", "\ufffe", "\uffff"])
def test_what_no_reader_accepts_is_left_out(char: str) -> None:
    assert ElementTree.fromstring(legal(f"<a>un{char}deux</a>")).text == "undeux"


@pytest.mark.parametrize("char", ["\t", "\n", " ", "é", "\x85", "\u2028", "\ud7ff", "\ue000", "\ufffd", "😀"])
def test_everything_else_stays(char: str) -> None:
    assert ElementTree.fromstring(legal(f"<a>un{char}deux</a>")).text == f"un{char}deux"
