"""Guessing is slow; the owner comes in (row 84 of the attack list)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop_forum.domain.sign_in import LIMITS, check_password, judge, network_of
from pop_forum.errors import InvalidInput

NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass
class Try:
    """A row of the table of attempts."""

    network: str
    succeeded: bool
    at: datetime


def failures(count: int, network: str = "home", ago: timedelta = MINUTE) -> list[Try]:
    return [Try(network, False, NOW - ago) for _ in range(count)]


def attack() -> list[Try]:
    """10,000 guesses over 1,000 networks within the last half hour."""
    return [Try(f"bot {n % 1_000}", False, NOW - timedelta(seconds=n * 0.18)) for n in range(10_000)]


def test_the_first_try_is_allowed() -> None:
    assert judge([], "home", NOW).allowed


def test_nine_failures_are_a_bad_day_and_ten_are_enough() -> None:
    assert judge(failures(9), "home", NOW).allowed
    verdict = judge(failures(10), "home", NOW)
    assert not verdict.allowed
    assert verdict.wait == 14 * 60


def test_after_the_wait_one_try_is_allowed_again() -> None:
    rows = [Try("home", False, NOW - n * MINUTE) for n in range(10)]
    wait = judge(rows, "home", NOW).wait
    assert judge(rows, "home", NOW + timedelta(seconds=wait)).allowed
    assert not judge(rows, "home", NOW + timedelta(seconds=wait - 1)).allowed


def test_a_success_clears_the_failures_of_its_network() -> None:
    assert judge([*failures(10, ago=2 * MINUTE), Try("home", True, NOW - MINUTE)], "home", NOW).allowed


def test_failures_of_another_network_do_not_count_here() -> None:
    assert judge(failures(10, "elsewhere"), "home", NOW).allowed


def test_row_84_ten_thousand_guesses_do_not_lock_the_owner_out_at_home() -> None:
    rows = [*attack(), Try("home", True, NOW - timedelta(days=89))]
    assert judge(rows, "home", NOW).allowed


def test_row_84_ten_thousand_guesses_over_a_thousand_networks_are_stopped() -> None:
    for network in ("bot 1", "never seen"):
        verdict = judge(attack(), network, NOW)
        assert not verdict.allowed
        assert 0 < verdict.wait <= 3_600


def test_a_network_known_long_ago_is_a_stranger_again() -> None:
    rows = [*attack(), Try("home", True, NOW - timedelta(days=91))]
    assert not judge(rows, "home", NOW).allowed


def test_a_known_network_still_has_its_own_limit() -> None:
    rows = [Try("home", True, NOW - timedelta(days=3)), *failures(10)]
    assert not judge(rows, "home", NOW).allowed


def test_the_owner_s_own_errors_at_home_do_not_count_against_a_new_network() -> None:
    rows = [Try("home", True, NOW - timedelta(days=3)), *failures(60)]
    assert judge(rows, "holiday", NOW).allowed


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans(), st.integers(0, 7_200)), max_size=80))
def test_whoever_waits_as_told_is_let_in(tries: list[tuple[str, bool, int]]) -> None:
    rows = [Try(network, succeeded, NOW - timedelta(seconds=ago)) for network, succeeded, ago in tries]
    wait = judge(rows, "a", NOW).wait
    assert 0 <= wait <= LIMITS.account_window.total_seconds()
    assert judge(rows, "a", NOW + timedelta(seconds=wait)).allowed


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
    ],
)
def test_addresses_of_one_customer_are_one_network(address: str, network: str) -> None:
    assert network_of(address) == network


def test_what_is_not_an_address_has_no_network() -> None:
    with pytest.raises(InvalidInput):
        network_of("localhost\r\n")


@pytest.mark.parametrize(
    "password",
    [
        "",
        "court",
        "neuf lett",
        "azertyuiop",
        "MotDePasse123",
        "1234567890",
        "aaaaaaaaaaaa",
        "ababababababab",
        "jeanne.dupont@exemple.fr",
        "Jeanne.Dupont",
        "jeanne  DUPONT",
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused(password: str) -> None:
    with pytest.raises(InvalidInput):
        check_password(password, "jeanne.dupont@exemple.fr", "Jeanne Dupont")


def test_a_sentence_is_a_good_password_in_either_form_of_its_accents() -> None:
    composed = check_password("le préau à midi", "j@exemple.fr", "Jeanne")
    assert check_password("le pre\u0301au a\u0300 midi", "j@exemple.fr", "Jeanne") == composed
    assert check_password("x7" * 4 + "zé", "j@exemple.fr", "Jeanne")


def test_a_password_has_from_ten_to_two_hundred_characters() -> None:
    sound = "une phrase ordinaire, 3 vaches au lavoir "
    for length in (10, 200):
        assert check_password((sound * 5)[:length], "jeanne@exemple.fr", "Jeanne") == (sound * 5)[:length]
    for length in (9, 201):
        with pytest.raises(InvalidInput, match=f"password of {length} characters"):
            check_password((sound * 5)[:length], "jeanne@exemple.fr", "Jeanne")
