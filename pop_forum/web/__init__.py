"""Blueprints: authenticate, parse the form, call one service, answer."""

from flask import Flask
from jinja2 import StrictUndefined

from pop_forum.services.drafts import version_of
from pop_forum.web import (
    accent,
    accounts,
    activitypub,
    acts,
    addresses,
    arranging,
    bodies,
    codes,
    compiled,
    compression,
    consents,
    csp,
    dates,
    drafts,
    errors,
    feeds,
    following,
    fragments,
    front,
    grants,
    health,
    journal,
    language,
    mail,
    moderation,
    moderation_words,
    my_data,
    network,
    notices,
    open_data,
    open_lists,
    openapi,
    own_address,
    own_sessions,
    pages,
    passkeys,
    people,
    phone,
    pictures,
    polls,
    previews,
    profiles,
    programme,
    search,
    sessions,
    shared_pages,
    writing,
)
from pop_forum.web.done import just_done
from pop_forum.web.frame import frame
from pop_forum.web.sessions import cookie_settings

BLUEPRINTS = (
    accent.blueprint,
    front.blueprint,
    writing.blueprint,
    acts.blueprint,
    pictures.blueprint,
    previews.blueprint,
    arranging.blueprint,
    polls.blueprint,
    drafts.blueprint,
    accounts.blueprint,
    consents.blueprint,
    notices.blueprint,
    my_data.blueprint,
    codes.blueprint,
    own_sessions.blueprint,
    own_address.blueprint,
    passkeys.blueprint,
    following.blueprint,
    people.blueprint,
    grants.blueprint,
    profiles.blueprint,
    mail.blueprint,
    health.blueprint,
    pages.blueprint,
    moderation.blueprint,
    programme.blueprint,
    search.blueprint,
    network.blueprint,
    activitypub.blueprint,
    journal.blueprint,
    feeds.blueprint,
    dates.blueprint,
    open_data.blueprint,
    open_lists.blueprint,
    openapi.blueprint,
    phone.blueprint,
)

__all__ = ["BLUEPRINTS", "cookie_settings", "install"]


def install(app: Flask) -> None:
    """Everything a person or another site sees of one commune's app."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        static_url=accent.static_url,
        accent_url=accent.accent_url,
        drawing_url=phone.drawing_url,
        icon_url=phone.icon_url,
        reason_label=moderation_words.reason_label,
        act_label=moderation_words.act_label,
        just_done=just_done,
        loading=pictures.loading,
        version_of=version_of,
        filled_from=drafts.filled_from,
    )
    app.context_processor(frame)
    compiled.install(app)
    compression.install(app)  # first, so that it acts last
    addresses.install(app)
    csp.install(app)
    sessions.install(app)
    language.install(app)
    errors.install(app)
    fragments.install(app)
    bodies.install(app)
    pictures.install(app)
    shared_pages.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
