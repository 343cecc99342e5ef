"""The settings of a host and of its communes: frozen, checked at start, unknown keys refused.

`Host.from_environment(os.environ)` reads the environment; `load_all(host.instances, environment=host)` reads
the communes. A refusal is a `SettingsError` whose lines are French sentences for whoever keeps the site.
"""

from pop_forum.settings.advice import advice, legal_is_complete
from pop_forum.settings.host import Host, Mode
from pop_forum.settings.instances import TEMPLATE, load_all, load_each, load_instance, refuse_double
from pop_forum.settings.model import (
    Accent,
    Budget,
    Capacity,
    Category,
    Contact,
    Coordinates,
    Event,
    Fctva,
    InseeCode,
    Instance,
    Kind,
    Limits,
    Mail,
    Programme,
    Retention,
    Roles,
)
from pop_forum.settings.smtp import MailServer

__all__ = [
    "TEMPLATE",
    "Accent",
    "Budget",
    "Capacity",
    "Category",
    "Contact",
    "Coordinates",
    "Event",
    "Fctva",
    "Host",
    "InseeCode",
    "Instance",
    "Kind",
    "Limits",
    "Mail",
    "MailServer",
    "Mode",
    "Programme",
    "Retention",
    "Roles",
    "advice",
    "legal_is_complete",
    "load_all",
    "load_each",
    "load_instance",
    "refuse_double",
]
