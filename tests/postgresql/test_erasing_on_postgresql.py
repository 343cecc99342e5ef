"""Erasing, once more with each commune on PostgreSQL."""

from tests.unit.services.test_acknowledging import (
    test_row_94_every_peer_that_was_told_says_so_signed_and_who_is_away_stays_on_the_list,
)
from tests.unit.services.test_erasing import (
    test_row_94_withdrawn_words_are_gone_from_every_table_of_every_commune_ten_minutes_later,
    test_who_leaves_is_named_by_no_entry_of_our_journal,
    test_words_that_a_version_before_wrote_without_their_number_are_found,
)

__all__ = [
    "test_row_94_every_peer_that_was_told_says_so_signed_and_who_is_away_stays_on_the_list",
    "test_row_94_withdrawn_words_are_gone_from_every_table_of_every_commune_ten_minutes_later",
    "test_who_leaves_is_named_by_no_entry_of_our_journal",
    "test_words_that_a_version_before_wrote_without_their_number_are_found",
]
