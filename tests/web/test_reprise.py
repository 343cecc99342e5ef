"""What people and admins see while a restored site takes its own publications back."""

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from pop_forum.adapters.marker import FILE
from pop_forum.cli import federation
from pop_forum.models import Journal, Peer

ADMIN = "/administration/reseau"


def lose_marker(commune: Any) -> None:
    (commune.settings.data / FILE).unlink()
    commune.look_back()


def add_peer(commune: Any) -> None:
    with commune.transaction() as site:
        site.session.add(
            Peer(
                host="sainte-aure.localhost:8080",
                base_url="http://sainte-aure.localhost:8080",
                state="active",
                invited_by="us",
                name="Sainte-Aure",
                created_at=site.clock.now(),
            )
        )


def is_resuming(commune: Any) -> bool:
    with commune.reading() as site:
        return any(row.resuming_since for row in site.session.query(Journal))


def test_writing_waits_with_a_sentence_and_keeps_the_text(signed_in: Callable[..., Any], commune: Any) -> None:
    add_peer(commune)
    browser = signed_in("resident")
    lose_marker(commune)
    answer = browser.send("/quotidien/ouvrir", "/quotidien/ouvrir", title="Un titre", text="Bonjour.", reach="shared")
    assert answer.status_code == 503 and "Retry-After" in answer.headers
    assert "Ce site vient d’être restauré" in answer.text and "Bonjour." in answer.text
    local = browser.send("/quotidien/ouvrir", "/quotidien/ouvrir", title="Un titre", text="Bonjour.", reach="local")
    assert local.status_code == 303
    assert browser.get("/").status_code == 200


def test_an_admin_sees_who_has_not_answered_and_may_go_on(signed_in: Callable[..., Any], commune: Any) -> None:
    add_peer(commune)
    admin = signed_in("admin")
    assert "reprend ce qu’il avait publié" not in admin.get(ADMIN).text
    lose_marker(commune)
    page = admin.get(ADMIN).text
    assert "Ce site reprend ce qu’il avait publié" in page and "Sainte-Aure" in page
    assert admin.send(f"{ADMIN}/reprise", ADMIN).status_code == 400 and is_resuming(commune)
    assert admin.send(f"{ADMIN}/reprise", ADMIN, decided="1").status_code == 303
    assert not is_resuming(commune) and "reprend ce qu’il avait publié" not in admin.get(ADMIN).text


@pytest.mark.parametrize("role", ["resident", "moderator"])
def test_nobody_else_may(signed_in: Callable[..., Any], commune: Any, role: str) -> None:
    add_peer(commune)
    lose_marker(commune)
    assert signed_in(role).send(f"{ADMIN}/reprise", decided="1").status_code == 403
    assert is_resuming(commune)


def test_the_command_tells_and_decides(commune: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(federation, "one", lambda slug: commune)
    run = CliRunner().invoke
    assert "Pas de reprise" in run(federation.group, ["resume", "valombre"]).output
    add_peer(commune)
    lose_marker(commune)
    told = run(federation.group, ["resume", "valombre"]).output
    assert "Pas encore\u00a0: Sainte-Aure" in told and "Ont répondu\u00a0: aucune" in told
    assert "Pas de reprise" in run(federation.group, ["resume", "valombre", "--now"]).output
    assert not is_resuming(commune)
