"""An address that is nobody's: a demonstration says which ones there are, a real host names nobody."""

from dataclasses import replace

from pop_forum.commune import Communes
from pop_forum.host import unknown_host
from pop_forum.settings import Mode
from pop_forum.web.bare import UNKNOWN_HOST
from tests.unit.settings.test_demo_communes import COMMUNES, HOST


def test_a_demonstration_lists_its_addresses_where_none_is_served() -> None:
    _, page = unknown_host(Communes(replace(HOST, mode=Mode.DEMO), COMMUNES)).answer({})
    assert len(COMMUNES) == 3 and all(f"<a href='{one.base_url}'>" in page.decode() for one in COMMUNES)


def test_row_86_a_real_host_names_no_site_at_an_address_that_is_nobodys() -> None:
    assert unknown_host(Communes(replace(HOST, mode=Mode.PRODUCTION), COMMUNES)) == UNKNOWN_HOST
