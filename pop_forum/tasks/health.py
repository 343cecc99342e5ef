"""The worker's sign of life, and the letters about what goes wrong and about the reports that wait."""

from pop_forum.adapters.disk import used_share
from pop_forum.adapters.speech import Speech
from pop_forum.commune import Commune
from pop_forum.domain.health import findings
from pop_forum.services import alarms, health, reports_waiting


def run(commune: Commune) -> None:
    """Twice a minute: the sign, then what is wrong and what waits."""
    with commune.transaction() as site:
        if not health.beat(site):
            return
        facts = health.facts(
            site, mail_leaves=commune.mail_server is not None, disk_used=used_share(commune.settings.data)
        )
        alarms.review(site, findings(facts, site.clock.now()), Speech)
        reports_waiting.write(site, Speech)
