"""The name of a set of kinds: another one for each kind that a version learns or forgets."""

from pop_forum.federation import kinds
from pop_forum.federation.vocabulary import ADOPT, CREATE, NOTE, PAGE, UPDATE
from pop_forum.services import inbox, unapplied

READ = sorted(kinds.read_kinds())


def test_each_kind_that_is_read_is_named_once() -> None:
    assert len(set(READ)) == len(READ)
    for kind in (ADOPT, f"{CREATE}/{PAGE}", f"{UPDATE}/{NOTE}", f"{CREATE}/{PAGE} on the board quotidien"):
        assert kind in READ


def test_the_name_changes_with_each_kind_and_not_with_their_order() -> None:
    name = kinds.digest_of(READ)
    assert kinds.digest_of(reversed(READ)) == name
    others = {kinds.digest_of(READ[:at] + READ[at + 1 :]) for at in range(len(READ))}
    assert len(others | {name, kinds.digest_of([*READ, "Offer/Article"])}) == len(READ) + 2


def test_what_is_read_and_what_is_applied_both_count() -> None:
    applied = sorted(inbox.applied_kinds())
    assert "ThreadOpened" in applied and "object" not in applied
    assert unapplied.OTHER_KINDS.endswith(kinds.digest_of([*READ, *applied]))
