"""The list and the map of the communes, and a measure in the other communes, with three of them and with 3,000."""

import gzip
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from pop_forum.commune import Commune
from pop_forum.domain.map import MOST_MARKS, NAMED_MOST, TALLEST, WIDTH, Place, drawn
from pop_forum.errors import InvalidInput
from pop_forum.federation.canonical import jcs
from pop_forum.federation.handshake import MAX_LATITUDE, MAX_LONGITUDE, parse_site_actor, site_actor
from pop_forum.federation.identifiers import Host
from pop_forum.federation.strict_json import load_object
from pop_forum.models import Peer, Revision, Stance
from pop_forum.services import communes, elsewhere, identity, measures, peers
from pop_forum.services import programme_pages as pages
from pop_forum.services.communes import PER_PAGE, QUERY_CHARS
from pop_forum.web.kept import VALUE_CHARS
from tests.web.test_programme_writing import MEASURE, SLUG, SignIn
from tests.web.test_taking import lines

LIST = "/reseau/communes"
HEAVIEST = 100_000  # what any page may weigh (product.md)


def settle(commune: Commune, count: int) -> None:
    """So many communes of the network, here and there in a country."""
    with commune.transaction() as site:
        now = site.clock.now()
        rows = [
            {
                "host": f"c{n}.example",
                "base_url": f"https://c{n}.example",
                "name": f"Saint-Élan-{n}",
                "kind": "citoyenne",
                "state": "active",
                "invited_by": "us",
                "created_at": now,
                "latitude": 43_000_000 + n * 7919 % 8_000_000,
                "longitude": -1_000_000 + n * 104_729 % 9_000_000,
            }
            for n in range(count)
        ]
        site.session.execute(insert(Peer), rows)


def adapt_everywhere(commune: Commune, count: int) -> None:
    """The same communes have each adapted a measure in words of their own."""
    with commune.transaction() as site:
        measure = measures.by_slug(site, SLUG)
        common, now = measures.common_revision(site, measure.urn), site.clock.now()
        hosts = [f"c{n}.example" for n in range(count)]
        texts = [[{**common.blocks[0], "text": f"Ici, le car numéro {n}."}] for n in range(count)]
        told = {"measure": measure.urn, "role": "adaptation", "title": common.title, "budget": None, "summary": ""}
        stamp = {"epoch": 1, "n": 1}
        site.session.execute(
            insert(Revision),
            [
                {**told, **stamp, "digest": f"Qm{n}", "host": host, "blocks": text, "parents": [common.digest]}
                | {"author": f"https://{host}/commune", "created": "2026-11-23T10:00:00Z", "received_at": now}
                for n, (host, text) in enumerate(zip(hosts, texts, strict=True))
            ],
        )
        site.session.execute(
            insert(Stance),
            [
                {"host": host, "measure": measure.urn, "kind": "adapted", "digest": f"Qm{n}", "at": now, **stamp}
                for n, host in enumerate(hosts)
            ],
        )


def weight(answer: Any) -> int:
    return len(gzip.compress(answer.data, 6))


def test_alone_a_commune_is_on_its_own_list_and_map(client: Any, commune: Commune) -> None:
    page = client.get(LIST).text
    assert "1 commune porte le programme." in lines(page) and page.count("<circle") == 1
    assert commune.settings.name in page and "Carte de 1 commune" in page


def test_three_communes_are_named_in_the_list_first_then_on_the_map(client: Any, commune: Commune) -> None:
    settle(commune, 2)
    page = client.get(LIST).text
    assert page.index("Saint-Élan-1") < page.index("<svg") < page.rindex("Saint-Élan-1")
    assert page.count("<circle") == 3 and page.count('class="here"') == 1 and " km</text>" in page
    assert "style=" not in page and LIST in client.get("/reseau").text


def test_a_commune_is_found_by_a_part_of_its_name_without_accents(client: Any, commune: Commune) -> None:
    settle(commune, 3)
    found = lines(client.get(f"{LIST}?q=saint+elan+2").text)
    assert "1 commune trouvée" in found and "Saint-Élan-1" not in found.split("La carte")[0]
    assert "Aucune commune de ce nom" in lines(client.get(f"{LIST}?q=nulle-part").text)
    longest = client.get(f"{LIST}?q={'x' * (QUERY_CHARS + 1)}").text
    assert f'value="{"x" * QUERY_CHARS}"' in longest
    long = "saint elan longtemps"
    assert len(long) > VALUE_CHARS and "Aucune commune" in lines(client.get(f"{LIST}?q={long}").text)


def test_three_thousand_communes_are_pages_of_bounded_weight(client: Any, signed_in: SignIn, commune: Commune) -> None:
    settle(commune, 3_000)
    adapt_everywhere(commune, 3_000)
    first = client.get(LIST)
    assert "3 001 communes" in lines(first.text).replace("\u202f", " ")
    assert first.text.count("<circle") <= MOST_MARKS and "<text" in first.text
    last = -(-3_001 // PER_PAGE)
    for address in (LIST, f"{LIST}?page={last}", "/reseau", f"{MEASURE}/communes", f"{MEASURE}/communes?page=75"):
        answer = client.get(address)
        assert answer.status_code == 200 and weight(answer) < HEAVIEST, address
    assert client.get(f"{LIST}?page={last + 1}").status_code == 404
    assert client.get(f"{MEASURE}/communes?page={-(-3_000 // elsewhere.PER_PAGE) + 1}").status_code == 404
    found = client.get(f"{LIST}?q=elan&page=2").text
    assert re.search(r'href="[^"]*\?q=elan&amp;page=3"', found)


def test_what_a_commune_changed_is_told_in_words_and_can_be_followed(
    client: Any, signed_in: SignIn, commune: Commune
) -> None:
    settle(commune, 2)
    adapt_everywhere(commune, 1)
    page = client.get(f"{MEASURE}/communes").text
    said = lines(page)
    assert "1 passage modifié" in said and "numéro 0" in said and "0 reprise, 1 adaptée, 0 écartée." in said
    assert "/suivre" not in page
    resident = signed_in("resident")
    assert "Suivre cette mesure" in lines(resident.get(f"{MEASURE}/communes").text)


def test_a_long_passage_is_left_to_the_comparison(
    client: Any, commune: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(commune, 1)
    adapt_everywhere(commune, 1)
    with commune.reading() as site:
        page = pages.measure_page(site, SLUG)
        [passage] = elsewhere.listed(site, page, 1).lines[0].passages
        letters = sum(len(piece.text) for piece in passage.pieces)
        for most, count in ((letters, 1), (letters - 1, 0)):
            monkeypatch.setattr(elsewhere, "PASSAGE_CHARS", most)
            assert len(elsewhere.listed(site, page, 1).lines[0].passages) == count


def test_a_commune_says_where_it_lies_and_the_others_believe_only_places(commune: Commune) -> None:
    with commune.reading() as site:
        own = identity.own_actor(site)
    host = Host(commune.settings.host)
    document = load_object(jcs(site_actor(own)))
    assert own.place == (46_712_300, 3_104_200) and parse_site_actor(document, host=host) == own
    for wrong in ({"pop:latitude": MAX_LATITUDE + 1}, {"pop:longitude": -MAX_LONGITUDE - 1}, {"pop:latitude": "46"}):
        assert parse_site_actor({**document, **wrong}, host=host).place is None
    edge = {"pop:latitude": -MAX_LATITUDE, "pop:longitude": MAX_LONGITUDE}
    assert parse_site_actor({**document, **edge}, host=host).place == (-MAX_LATITUDE, MAX_LONGITUDE)
    peer = Peer(host="x.example")
    peers.learn(peer, own)
    assert (peer.latitude, peer.longitude) == own.place
    with pytest.raises(InvalidInput):
        parse_site_actor({**document, "pop:kind": "autre"}, host=host)


PLACES = st.lists(
    st.builds(Place, st.just("Bourg"), st.floats(-90, 90), st.floats(-180, 180), st.booleans()),
    min_size=1,
    max_size=400,
)


@given(PLACES)
def test_every_map_has_few_marks_inside_its_sheet_that_count_every_place(places: list[Place]) -> None:
    found = drawn(places)
    assert found is not None and found.width == WIDTH and 0 < found.height <= TALLEST
    assert sum(mark.count for mark in found.marks) == len(places)
    assert len(places) > MOST_MARKS or len(found.marks) == len(places)
    assert all(0 <= mark.x <= found.width and 0 <= mark.y <= found.height for mark in found.marks)
    assert any(mark.here for mark in found.marks) == any(place.here for place in places)
    assert found.scale is None or 0 < found.scale.length <= WIDTH and found.scale.kilometres >= 1


def test_names_are_written_while_there_is_room() -> None:
    places = [Place(f"Bourg {n}", 45 + n / 100, 3 + n % 7 / 10) for n in range(NAMED_MOST + 1)]
    few, many = drawn(places[:-1]), drawn(places)
    assert few is not None and all(mark.name for mark in few.marks)
    assert many is not None and not any(mark.name for mark in many.marks)
    assert drawn([]) is None and communes.plain("Sainte-Aure") == "sainte aure"
