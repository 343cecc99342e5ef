"""« Le texte commun a évolué »: who is told of a new common version, once, until they look."""

from typing import Any

import pytest

from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role
from pop_forum.federation import revisions
from pop_forum.federation.activities import COMMON
from pop_forum.federation.identifiers import Host, commune_id
from pop_forum.models import VersionNotice
from pop_forum.services import accounts, lineage, measures, version_notices
from pop_forum.services.messages import Stamp
from tests.web.test_programme_writing import MEASURE, SLUG, SignIn
from tests.web.test_taking import EDITOR, lines

NOTICES, FOLLOW = "/notifications", f"{MEASURE}/suivre"
SAID = "Le texte commun a évolué : "


def arrives(commune: Commune, text: str, n: int = 2) -> str:
    """The digest of a new common version, as it comes from the programme's home."""
    with commune.transaction() as site:
        home, urn = site.settings.programme.home, measures.by_slug(site, SLUG).urn
        base = measures.common_revision(site, urn)
        blocks = (revisions.Block(base.blocks[0]["id"], "paragraph", text),)
        author = commune_id(Host(home))
        created = f"2026-11-{n:02}T10:00:00Z"
        revision = revisions.Revision(urn, (base.digest,), base.title, blocks, None, author, created)
        lineage.put_revision(
            site, revision, host=home, role=COMMON, summary="Plus clair.", stamp=Stamp(1, n), at=site.clock.now()
        )
        digest = revisions.digest(revision)
        version_notices.tell(site, digest)
    return digest


def adopt(commune: Commune) -> None:
    with commune.transaction() as site:
        measures.adopt(site, EDITOR, measures.by_slug(site, SLUG))


def said(browser: Any) -> int:
    """How many new versions the page of notices tells of."""
    return lines(browser.get(NOTICES).text).count(SAID.replace("\u00a0", " ").strip()[:24])


def test_who_writes_our_text_is_told_when_we_hold_one_and_a_resident_when_she_follows(
    signed_in: SignIn, commune: Commune
) -> None:
    candidate, follower, other = signed_in("candidate"), signed_in("resident"), signed_in("resident", "Karim B.")
    arrives(commune, "Personne ne suit, et rien n’est décidé.", 2)
    assert said(candidate) == 0
    adopt(commune)
    assert follower.send(FOLLOW, MEASURE).status_code == 303
    assert "Ne plus suivre cette mesure" in follower.get(MEASURE).text
    arrives(commune, "Une navette, et un vélo.", 3)
    assert (said(candidate), said(follower), said(other)) == (1, 1, 0)
    page = candidate.get(NOTICES).text
    assert "1 notification non lue" in lines(page) and "Plus clair." in page
    page = candidate.get(MEASURE).text
    assert "Le texte commun a évolué" in page and ">reprise</span>" in page
    assert "Tout est lu" in lines(candidate.get(NOTICES).text), "who reads the measure has seen it"
    assert follower.send(FOLLOW, MEASURE, arreter="1").status_code == 303
    arrives(commune, "Une navette, deux vélos.", 4)
    assert said(follower) == 1 and "2 notif" not in lines(candidate.get(NOTICES).text)


def test_nobody_is_told_twice_of_one_version_nor_of_two_before_they_look(signed_in: SignIn, commune: Commune) -> None:
    browser = signed_in("candidate")
    adopt(commune)
    digest = arrives(commune, "Une navette.", 2)
    arrives(commune, "Deux navettes.", 3)
    assert "1 notification non lue" in lines(browser.get(NOTICES).text), "the newest stands for both"
    assert browser.send("/notifications/lues", NOTICES, jusqua="2999-01-01T00:00:00+00:00").status_code == 303
    assert "Tout est lu" in lines(browser.get(NOTICES).text)
    with commune.transaction() as site:
        version_notices.tell(site, digest)
        assert site.session.query(VersionNotice).count() == 2
    assert "Tout est lu" in lines(browser.get(NOTICES).text)


def test_who_publishes_the_common_text_is_not_told_of_their_own_version(signed_in: SignIn, commune: Commune) -> None:
    admin, candidate = signed_in("admin"), signed_in("candidate")
    adopt(commune)
    assert commune.settings.is_programme_home
    form = f"{MEASURE}/reviser"
    page = admin.get(form).text
    base, block = (page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("base", "block"))
    sent = {"base": base, "block": block, "text": "Autrement.", "title": "Navette", "reason": "Pour voir."}
    assert admin.send(form, form, action="publier", **sent).status_code == 303
    assert "Tout est lu" in lines(admin.get(NOTICES).text)
    assert "1 notification non lue" in lines(candidate.get(NOTICES).text)


@pytest.mark.parametrize("role", [Role.RESIDENT, Role.MODERATOR])
def test_who_may_not_write_ours_is_not_told(commune: Commune, role: Role) -> None:
    with commune.transaction() as site:
        accounts.create_account(site, "Une personne", "une@exemple.fr", "x", role)
    adopt(commune)
    arrives(commune, "Une navette.")
    with commune.reading() as site:
        assert site.session.query(VersionNotice).count() == 0


def test_a_visitor_follows_nothing(client: Any) -> None:
    assert (
        client.send(FOLLOW, "/connexion").status_code == 401 and "Suivre cette mesure" not in client.get(MEASURE).text
    )
