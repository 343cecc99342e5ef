"""Each rule, and above all whom it refuses."""

from dataclasses import replace

import pytest

from pop_forum.domain import permissions as rules
from pop_forum.domain.permissions import VISITOR, Role, Viewer, Visibility
from pop_forum.settings import Kind

ALICE = 1
RESIDENT = Viewer(ALICE, Role.RESIDENT)
OTHER = Viewer(2, Role.RESIDENT)
CANDIDATE = Viewer(3, Role.CANDIDATE)
MODERATOR = Viewer(4, Role.MODERATOR)
ADMIN = Viewer(5, Role.ADMIN)
EVERYBODY = [VISITOR, RESIDENT, OTHER, CANDIDATE, MODERATOR, ADMIN]
PEOPLE = EVERYBODY[1:]


@pytest.mark.parametrize("viewer", EVERYBODY)
def test_local_content_leaves_by_no_door_whoever_asks(viewer: Viewer) -> None:
    assert not rules.may_see(viewer, Visibility.LOCAL, deleted=False, here=False, author_id=viewer.person_id)
    assert not rules.may_see(viewer, "anything else", deleted=False, here=False)


@pytest.mark.parametrize("viewer", EVERYBODY)
def test_everybody_reads_here_and_shared_content_everywhere(viewer: Viewer) -> None:
    assert rules.may_see(viewer, Visibility.LOCAL, deleted=False, here=True)
    assert rules.may_see(viewer, Visibility.SHARED, deleted=False, here=False)


def test_deleted_words_are_shown_to_their_author_and_to_moderators_only() -> None:
    seers = [
        viewer for viewer in EVERYBODY if rules.may_see(viewer, "shared", deleted=True, here=True, author_id=ALICE)
    ]
    assert seers == [RESIDENT, MODERATOR, ADMIN]


@pytest.mark.parametrize("viewer", EVERYBODY)
def test_deleted_words_leave_by_no_door(viewer: Viewer) -> None:
    assert not rules.may_see(viewer, Visibility.SHARED, deleted=True, here=False, author_id=viewer.person_id)


def test_a_visitor_is_not_the_author_of_an_orphaned_message() -> None:
    assert not rules.may_see(VISITOR, "shared", deleted=True, here=True, author_id=None)
    assert not rules.may_edit(VISITOR, None)
    assert not rules.may_delete(VISITOR, None)
    assert not rules.may_restore(VISITOR, None, by_author=True)


def test_a_visitor_may_only_read() -> None:
    assert not rules.may_open_thread(VISITOR)
    assert not rules.may_reply(VISITOR)
    assert not rules.may_support(VISITOR)
    assert not any(rules.may_adapt(VISITOR, kind) for kind in Kind)
    assert not rules.may_revise_common(VISITOR, is_home=True)
    assert not rules.may_administer_network(VISITOR)
    assert not rules.may_give_role(VISITOR, Role.RESIDENT, Kind.CITOYENNE)


def test_a_role_without_a_person_gives_nothing() -> None:
    ghost = Viewer(None, Role.ADMIN)
    assert not rules.may_administer_network(ghost)
    assert not rules.may_delete(ghost, ALICE)


@pytest.mark.parametrize("viewer", PEOPLE)
def test_everybody_signed_in_may_open_reply_and_support(viewer: Viewer) -> None:
    assert rules.may_open_thread(viewer)
    assert rules.may_reply(viewer)
    assert rules.may_support(viewer)


@pytest.mark.parametrize("viewer", PEOPLE)
def test_nobody_replies_to_a_closed_or_deleted_thread_or_supports_a_deleted_thing(viewer: Viewer) -> None:
    assert not rules.may_reply(viewer, thread_closed=True)
    assert not rules.may_reply(viewer, thread_deleted=True)
    assert not rules.may_support(viewer, deleted=True)


def test_only_the_author_edits() -> None:
    assert [viewer for viewer in EVERYBODY if rules.may_edit(viewer, ALICE)] == [RESIDENT]
    assert not rules.may_edit(RESIDENT, ALICE, deleted=True)


def test_the_author_and_those_who_keep_order_delete() -> None:
    assert [viewer for viewer in EVERYBODY if rules.may_delete(viewer, ALICE)] == [RESIDENT, MODERATOR, ADMIN]
    assert not rules.may_delete(ADMIN, ALICE, deleted=True)


def test_only_the_authority_that_deleted_restores() -> None:
    assert [viewer for viewer in EVERYBODY if rules.may_restore(viewer, ALICE, by_author=True)] == [RESIDENT]
    assert [viewer for viewer in EVERYBODY if rules.may_restore(viewer, ALICE, by_author=False)] == [MODERATOR, ADMIN]


def test_nobody_restores_what_was_erased() -> None:
    assert not any(
        rules.may_restore(viewer, ALICE, by_author, erased=True) for viewer in EVERYBODY for by_author in (True, False)
    )


@pytest.mark.parametrize("kind", [Kind.CITOYENNE, Kind.PARTISANE])
def test_candidates_and_admins_adapt(kind: Kind) -> None:
    assert [viewer for viewer in EVERYBODY if rules.may_adapt(viewer, kind)] == [CANDIDATE, ADMIN]


def test_on_a_municipal_site_only_an_admin_adapts() -> None:
    assert [viewer for viewer in EVERYBODY if rules.may_adapt(viewer, Kind.MUNICIPALE)] == [ADMIN]


def test_the_common_text_is_revised_at_its_home_by_an_admin_only() -> None:
    assert [viewer for viewer in EVERYBODY if rules.may_revise_common(viewer, is_home=True)] == [ADMIN]
    assert not any(rules.may_revise_common(viewer, is_home=False) for viewer in EVERYBODY)


def test_only_an_admin_administers_the_network() -> None:
    assert [viewer for viewer in EVERYBODY if rules.may_administer_network(viewer)] == [ADMIN]


@pytest.mark.parametrize("role", Role)
def test_only_an_admin_gives_roles(role: Role) -> None:
    assert [viewer for viewer in EVERYBODY if rules.may_give_role(viewer, role, Kind.PARTISANE)] == [ADMIN]


def test_a_municipal_site_has_no_candidates() -> None:
    assert not rules.may_give_role(ADMIN, Role.CANDIDATE, Kind.MUNICIPALE)
    assert rules.may_give_role(ADMIN, Role.MODERATOR, Kind.MUNICIPALE)


def test_an_unknown_role_is_given_by_nobody() -> None:
    assert not rules.may_give_role(ADMIN, "superadmin", Kind.CITOYENNE)


def test_without_consent_nobody_says_what_they_think_and_everybody_takes_back_what_they_said() -> None:
    for viewer in (replace(each, agreed=False) for each in PEOPLE):
        me = viewer.person_id
        assert not rules.may_open_thread(viewer) and not rules.may_reply(viewer) and not rules.may_support(viewer)
        assert not rules.may_edit(viewer, me) and not rules.may_restore(viewer, me, by_author=True)
        assert not rules.may_vote(viewer) and not rules.may_open_poll(viewer, me)
        assert not any(rules.may_adapt(viewer, kind) for kind in Kind)
        assert not rules.may_revise_common(viewer, is_home=True)
        assert rules.may_delete(viewer, me) and rules.may_withdraw_support(viewer)
    assert replace(MODERATOR, agreed=False).moderates and replace(ADMIN, agreed=False).administers
    assert not rules.may_withdraw_support(VISITOR)


def test_who_agreed_to_a_former_text_publishes_what_stays_here_only() -> None:
    viewer = replace(RESIDENT, shares=False)
    for shared in (True, False):
        assert rules.may_open_thread(viewer, shared) is rules.may_reply(viewer, shared) is not shared
        assert rules.may_edit(viewer, ALICE, shared) is not shared
    assert rules.may_support(viewer) and rules.may_vote(viewer)
    assert not rules.may_publish(replace(viewer, agreed=False), shared=False)
