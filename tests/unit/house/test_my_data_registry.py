"""« Mes données » forgets no table: whoever adds one that names a person says what it holds, or why it is not shown.

A new table with a foreign key to people or accounts: add a Section to pop_forum/services/my_data.py, with its title in
pop_forum/web/my_data_words.py, or an entry in EXEMPT with the reason.
"""

import pytest
from flask import Flask
from flask_babel import Babel
from sqlalchemy import Column

from pop_forum.models import Base
from pop_forum.services.my_data import EXEMPT, SECTIONS, Section
from pop_forum.web import my_data_words as words

PEOPLE = ("people", "accounts")
# Columns that a person may not have back: they would let somebody else in, or are only keys of what is shown.
SECRET = {
    "credential", "credential_hash", "public_key", "sign_count",
    "given_by", "ended_by", "digest", "head",
    "about_id", "account_id", "active_at", "actor_id", "author_id", "browser", "decision_id", "epoch", "host", "html",
    "id", "key", "mail_key", "missed", "moderator_id", "n", "name_key", "object_uri", "order_key", "parent_uri",
    "password_hash", "person_id", "pictures", "poll", "poll_id", "post_id", "read_key", "received_at", "reporter_id",
    "seen_id", "submission", "origin", "thread_id", "to", "token_hash",
}  # fmt: skip


def names_people(column: Column) -> bool:
    return any(key.column.table.name in PEOPLE for key in column.foreign_keys)


def test_every_table_that_names_a_person_is_in_my_data_or_exempt_with_a_reason() -> None:
    covered = {section.table.__tablename__ for section in SECTIONS if section.table is not None}
    naming = {table.name for table in Base.metadata.sorted_tables if any(names_people(c) for c in table.columns)}
    assert naming - covered - set(EXEMPT) == set()
    assert all(len(reason.split()) > 3 for reason in EXEMPT.values())
    assert not covered & set(EXEMPT)


@pytest.mark.parametrize("section", [one for one in SECTIONS if one.table is not None], ids=lambda one: one.code)
def test_a_section_shows_every_column_of_its_table_but_keys_and_secrets(section: Section) -> None:
    assert section.table is not None
    columns = {column.name for column in section.table.__table__.columns}
    assert columns - set(section.columns) - SECRET == set()


def test_every_section_and_every_field_has_its_words() -> None:
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        titles, notes, labels = words.section_labels(), words.section_notes(), words.field_labels()
    assert set(titles) == set(notes) == {section.code for section in SECTIONS}
    assert {name for section in SECTIONS for name in section.columns} <= set(labels)
