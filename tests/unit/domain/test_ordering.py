"""A thread reads in the same order everywhere, and never a reply before what it answers."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pop_forum.domain.ordering import date_is_uncertain, order_key

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)

# (minutes after noon, which earlier message it answers): few minutes, so that dates collide and lie.
trees = st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 20)), min_size=1, max_size=20)


def messages(tree: list[tuple[int, int]]) -> dict[str, tuple[datetime, str | None]]:
    """id → (date, parent's id); ids sort against the order of writing."""
    ids = [f"https://a.example/o/{99 - rank:02d}" for rank in range(len(tree))]
    return {
        ids[rank]: (NOON + timedelta(minutes=minutes), ids[parent % rank] if rank else None)
        for rank, (minutes, parent) in enumerate(tree)
    }


def arrive(thread: dict[str, tuple[datetime, str | None]], order: list[str]) -> dict[str, str]:
    """The keys once all have arrived in that order, each recomputed until its parent is known."""
    keys: dict[str, str] = {}
    waiting = list(order)
    while waiting:
        one = waiting.pop(0)
        published, parent = thread[one]
        if parent is None or parent in keys:
            keys[one] = order_key(published, None if parent is None else keys[parent], one)
        else:
            waiting.append(one)
    return keys


@given(trees, st.randoms(use_true_random=False))
def test_the_order_is_the_same_whatever_arrived_first(tree: list[tuple[int, int]], chance: object) -> None:
    thread = messages(tree)
    shuffled = list(thread)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert arrive(thread, shuffled) == arrive(thread, list(thread))


@given(trees)
def test_a_reply_never_stands_before_its_parent(tree: list[tuple[int, int]]) -> None:
    thread = messages(tree)
    keys = arrive(thread, list(thread))
    for one, (_, parent) in thread.items():
        assert parent is None or keys[parent].encode() < keys[one].encode()


@given(trees)
def test_no_two_messages_share_a_place(tree: list[tuple[int, int]]) -> None:
    keys = arrive(messages(tree), list(messages(tree)))
    assert len(set(keys.values())) == len(keys)


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_keys_sort_like_dates_from_1970_on(a: datetime, b: datetime) -> None:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    a, b = (each.replace(microsecond=each.microsecond // 1000 * 1000) for each in (a, b))
    if max(a, epoch) < max(b, epoch):
        assert order_key(a, None, "z") < order_key(b, None, "a")


def test_the_key_does_not_grow_with_depth_even_at_the_end_of_time() -> None:
    key = order_key(datetime.max.replace(tzinfo=UTC), None, "a")
    for _ in range(1_000):
        deeper = order_key(NOON, key, "a")
        assert deeper > key
        key = deeper
    assert len(key) == 22


def test_a_date_counts_to_the_millisecond_that_is_kept_of_it() -> None:
    assert order_key(NOON.replace(microsecond=1999), None, "a") == order_key(NOON.replace(microsecond=1000), None, "a")


def test_messages_of_the_same_instant_follow_their_ids() -> None:
    assert order_key(NOON, None, "a") < order_key(NOON, None, "b")


def test_a_date_is_uncertain_beyond_ten_minutes_ahead() -> None:
    assert not date_is_uncertain(NOON + timedelta(minutes=10), NOON)
    assert date_is_uncertain(NOON + timedelta(minutes=10, seconds=1), NOON)
    assert not date_is_uncertain(NOON - timedelta(days=800), NOON)
