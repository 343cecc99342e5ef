"""The file that somebody takes away: one ZIP of their data as JSON and as a page for any browser, and of pictures."""

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import PurePosixPath

from flask import render_template

from pop_forum.domain.french import in_paris
from pop_forum.services.my_data import Held, Record
from pop_forum.web.my_data_values import Say
from pop_forum.web.my_data_words import field_labels, section_labels, section_notes

JSON_NAME, PAGE_NAME = "mes-donnees.json", "mes-donnees.html"
FORMAT = 1  # of the JSON file
FIRST_YEAR = 1980  # the oldest date a ZIP can tell

Read = Callable[[str], bytes | None]


def archive(held: Sequence[Held], name: str, now: datetime, say: Say, read: Read) -> bytes:
    """The bytes of the ZIP; the names in it are ours alone (row 79). `read` gives the bytes of a picture."""
    page = render_template(
        "my_data/export.html",
        held=held,
        name=name,
        now=now,
        titles=section_labels(),
        notes=section_notes(),
        labels=field_labels(),
        say=say,
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for entry, content in ((JSON_NAME, _json(held, name, now)), (PAGE_NAME, page)):
            file.writestr(_entry(entry, now), content.encode())
        for digest in sorted(_packed(held)):
            if (picture := read(digest)) is not None:
                file.writestr(_entry(f"images/{digest}.webp", now), picture, zipfile.ZIP_STORED)
    return buffer.getvalue()


def _packed(held: Sequence[Held]) -> set[str]:
    """The names of the pictures whose files go into the archive."""
    files = (record.get("file") for each in held if each.code == "pictures" for record in each.records)
    return {PurePosixPath(str(file)).stem for file in files if file}


def _json(held: Sequence[Held], name: str, now: datetime) -> str:
    sections = {each.code: [_plain_record(record) for record in each.records] for each in held}
    document = {"format": FORMAT, "name": name, "made_at": now.isoformat(), "sections": sections}
    return json.dumps(document, ensure_ascii=False, indent=2)


def _plain_record(record: Record) -> dict[str, str | int | bool | None]:
    return {code: value.isoformat() if isinstance(value, datetime) else value for code, value in record.items()}


def _entry(name: str, now: datetime) -> zipfile.ZipInfo:
    moment = in_paris(now)
    date = (max(moment.year, FIRST_YEAR), moment.month, moment.day, moment.hour, moment.minute, moment.second)
    entry = zipfile.ZipInfo(name, date)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
