"""What an XML document may hold (XML 1.0, section 2.2): other characters make readers refuse the whole of it."""

import re

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def legal(document: str) -> str:
    """The document without control characters, lone surrogates, U+FFFE and U+FFFF."""
    return _FORBIDDEN.sub("", document)
