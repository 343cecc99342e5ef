"""What machines and admins are told of a site's health, and that nobody else is (row 100)."""

import json
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families

from pop_forum.cli import health as command
from pop_forum.domain.permissions import Role
from pop_forum.models import Beat, Peer
from pop_forum.services import accounts, figures, mail, network_pages
from pop_forum.services.network_pages import PeerLine
from pop_forum.tasks import health as task
from tests.unit.adapters.smtp_server import smtp_server

PAGE = "/administration/sante"
OUTSIDE = {"REMOTE_ADDR": "192.0.2.7"}


def stop_worker(commune: Any) -> None:
    with commune.transaction() as site:
        site.session.get_one(Beat, 1).at -= timedelta(hours=2)


def test_a_process_that_answers_lives(client: Any) -> None:
    assert client.get("/livez", environ_base=OUTSIDE).status_code == 204


def test_a_site_is_ready_while_its_worker_gives_signs(client: Any, commune: Any) -> None:
    assert client.get("/readyz").status_code == 503
    task.run(commune)
    assert client.get("/readyz").status_code == 200
    stop_worker(commune)
    answer = client.get("/readyz")
    assert answer.status_code == 503 and answer.json["troubles"][0]["trouble"] == "worker"


def test_a_site_is_not_ready_without_its_queue(client: Any, commune: Any) -> None:
    task.run(commune)
    commune.wakeups.up = False
    assert client.get("/readyz").json == {
        "ready": False,
        "troubles": [{"trouble": "queue", "subject": "", "since": None}],
    }


@pytest.mark.parametrize(
    "seen",
    [
        {"environ_base": OUTSIDE},
        {"headers": {"X-Forwarded-For": "127.0.0.1"}},
        {"headers": {"Forwarded": "for=127.0.0.1"}},
        {"headers": {"X-Real-IP": "127.0.0.1"}},
    ],
)
def test_row_100_details_are_for_this_machine_only(client: Any, commune: Any, seen: dict[str, Any]) -> None:
    task.run(commune)
    assert client.get("/readyz", **seen).json == {"ready": True}
    assert client.get("/metrics", **seen).status_code == 404
    assert client.get(PAGE, **seen).status_code == 401


def test_row_100_a_resident_sees_no_detail_and_an_admin_does(signed_in: Callable[..., Any], commune: Any) -> None:
    task.run(commune)
    resident, admin = signed_in("resident"), signed_in("admin")
    assert resident.get("/metrics", environ_base=OUTSIDE).status_code == 404
    assert "troubles" not in resident.get("/readyz", environ_base=OUTSIDE).json
    assert resident.get(PAGE).status_code == 403
    assert admin.get("/metrics", environ_base=OUTSIDE).status_code == 200
    assert admin.get("/readyz", environ_base=OUTSIDE).json["troubles"] == []


def states_of_mails(client: Any) -> set[str]:
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {sample.labels["state"] for each in families if each.name == "pop_forum_mails" for sample in each.samples}


def test_the_figures_are_read_by_prometheus(client: Any, commune: Any) -> None:
    task.run(commune)
    answer = client.get("/metrics")
    assert answer.content_type.startswith("text/plain") and answer.headers["Cache-Control"] == "no-store"
    families = {each.name: each for each in text_string_to_metric_families(answer.text)}
    assert {"pop_forum_worker_beat_age_seconds", "pop_forum_disk_used_ratio", "pop_forum_mails"} <= set(families)
    assert families["pop_forum_disk_used_ratio"].samples[0].value == 0.5
    assert states_of_mails(client) == {"kept", "sent", "given_up"}  # no server is set: they wait for nobody
    commune.mail_server = object()
    assert states_of_mails(client) == {"waiting", "sent", "given_up"}


@pytest.mark.parametrize(("count", "named"), [(figures.MOST_PEERS, 100), (figures.MOST_PEERS + 1, 100)])
def test_peers_beyond_the_hundredth_are_counted_and_not_named(
    client: Any, commune: Any, monkeypatch: pytest.MonkeyPatch, count: int, named: int
) -> None:
    task.run(commune)
    with commune.reading() as site:
        now = site.clock.now()
    journal = SimpleNamespace(journal="forum", to_send=1, to_receive=0, quarantined=None)
    lines = [
        PeerLine(Peer(host=f"c{n}.fr", state="active", contact_at=now, created_at=now), (journal,), 0)  # type: ignore[arg-type]
        for n in range(count)
    ]
    monkeypatch.setattr(network_pages, "console", lambda site: lines)
    families = {each.name: each for each in text_string_to_metric_families(client.get("/metrics").text)}
    assert len(families["pop_forum_peer_contact_age_seconds"].samples) == named
    assert sum(sample.value for sample in families["pop_forum_peers"].samples) == count


def test_an_admin_reads_what_is_wrong_and_what_to_do(signed_in: Callable[..., Any], commune: Any) -> None:
    task.run(commune)
    admin = signed_in("admin")
    page = admin.get(PAGE).text
    assert "Tout va bien" in page and "50\u202f%" in page
    assert PAGE in admin.get("/").text
    stop_worker(commune)
    page = admin.get(PAGE).text
    assert "Le travail de fond est arrêté" in page and "Relancez le travail de fond" in page
    assert "1 chose demande votre attention" in page


@pytest.fixture
def here(commune: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(command, "opened", lambda slug: [commune])
    return commune


def test_the_command_is_content_when_all_is_well(here: Any) -> None:
    task.run(here)
    result = CliRunner().invoke(command.command, [])
    assert result.exit_code == 0 and "tout va bien" in result.output


def test_the_command_names_what_is_wrong(here: Any) -> None:
    result = CliRunner().invoke(command.command, ["--json"])
    assert result.exit_code == 1
    assert json.loads(result.output)["troubles"][0]["trouble"] == "worker"
    assert "Le travail de fond est arrêté" in CliRunner().invoke(command.command, []).output


def test_the_command_writes_to_the_admins_when_no_worker_can(here: Any) -> None:
    with here.transaction() as site:
        accounts.create_account(site, "Alix", "alix@exemple.fr", "x", Role.ADMIN)
    with smtp_server() as server:
        here.mail_server = server.settings()
        assert CliRunner().invoke(command.command, ["--mail"]).exit_code == 1
        assert CliRunner().invoke(command.command, ["--mail"]).exit_code == 1
    assert len(server.letters) == 1  # the second time within a day nobody is written to
    task.run(here)
    with here.reading() as site:
        assert any("réglé" in letter.subject for letter in mail.shown_in_demonstration(site))


def test_the_command_says_when_the_mail_server_refuses(here: Any) -> None:
    with smtp_server() as server:
        here.mail_server = server.settings()
    result = CliRunner().invoke(command.command, ["--mail"])
    assert result.exit_code == 1 and "Courriel refusé" in result.output
