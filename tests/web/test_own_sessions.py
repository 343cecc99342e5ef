"""The devices one is signed in on: listed in words, ended one by one, and only one's own."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from pop_forum.domain.devices import READ_CHARS, Device, device, kept_device
from pop_forum.models import SignIn

PAGE = "/mon-compte/sessions"
PHONE = "Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0"


def keys(commune: Any) -> list[str]:
    with commune.reading() as site:
        return list(site.session.scalars(select(SignIn.token_hash).order_by(SignIn.created_at, SignIn.seen_at)))


@pytest.fixture
def pair(app: Any, signed_in: Callable[..., Any]) -> tuple[Any, Any]:
    """Two browsers of Karim."""
    here, phone = signed_in("resident", "Karim B."), app.test_client()
    phone.environ_base["HTTP_USER_AGENT"] = PHONE
    data = {"mail": "karimb@exemple.fr", "password": "quatre mots sans rapport"}
    assert phone.send("/connexion", "/connexion/mot-de-passe", **data).status_code == 303
    return here, phone


def test_each_device_is_named_and_this_one_marked(pair: tuple[Any, Any]) -> None:
    here, phone = pair
    page = here.get(PAGE).text
    assert "Firefox sur Android" in page and "Appareil inconnu" in page and page.count("cet appareil</span>") == 1
    assert "sur 2 appareils" in page and "entré par mot de passe" in page
    first = phone.get(PAGE).text
    assert first.index("Firefox sur Android") < first.index("Appareil inconnu")


def test_one_device_is_signed_out_from_another(pair: tuple[Any, Any], commune: Any) -> None:
    here, phone = pair
    last = keys(commune)[-1]
    assert here.send(f"{PAGE}/fin", PAGE, session=last).headers["Location"] == PAGE
    assert phone.get("/mon-compte").status_code == 401 and here.get("/mon-compte").status_code == 200


def test_ending_this_session_signs_out(pair: tuple[Any, Any], commune: Any) -> None:
    here, phone = pair
    assert here.send(f"{PAGE}/fin", PAGE, session=keys(commune)[0]).headers["Location"] == "/"
    assert here.get("/mon-compte").status_code == 401 and phone.get("/mon-compte").status_code == 200


def test_all_other_devices_are_signed_out(pair: tuple[Any, Any], commune: Any) -> None:
    here, phone = pair
    assert here.send(f"{PAGE}/autres", PAGE).status_code == 303
    assert phone.get("/mon-compte").status_code == 401 and here.get("/mon-compte").status_code == 200
    assert len(keys(commune)) == 1


def test_nobody_ends_the_session_of_somebody_else(
    pair: tuple[Any, Any], signed_in: Callable[..., Any], commune: Any
) -> None:
    here, _ = pair
    target = keys(commune)[0]
    thief = signed_in("admin", "Une autre")
    thief.send(f"{PAGE}/fin", PAGE, session=target)
    thief.send(f"{PAGE}/autres", PAGE)
    assert here.get("/mon-compte").status_code == 200 and len(keys(commune)) == 3


@pytest.mark.parametrize("address", [PAGE, f"{PAGE}/fin", f"{PAGE}/autres"])
def test_a_visitor_has_no_sessions(client: Any, address: str) -> None:
    answer = client.get(address) if address == PAGE else client.send(address)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("user_agent", "named"),
    [
        (PHONE, Device("Firefox", "Android")),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36", Device("Chrome", "Linux")),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120",
            Device("Edge", "Windows"),
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1",
            Device("Safari", "iPhone"),
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit Safari/605", Device("Safari", "macOS")),
        (
            "Mozilla/5.0 (Linux; Android 13) SamsungBrowser/23 Chrome/115 Safari/537",
            Device("Samsung Internet", "Android"),
        ),
        ("curl/8.0", Device("", "")),
        ("", Device("", "")),
        ("x" * READ_CHARS + "Firefox/1", Device("", "")),
        ("<script>alert(1)</script>", Device("", "")),
    ],
)
def test_a_browser_is_known_by_its_family_and_system(user_agent: str, named: Device) -> None:
    assert device(user_agent) == named and kept_device(named.kept) == named
    assert kept_device(None) == Device("", "")
