"""Pictures through the door: in forms, and served under the name of their content."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import Blueprint, Flask, Response, request
from flask_babel import gettext

from pop_forum.adapters.pictures import MAX_BYTES, PictureFiles
from pop_forum.errors import ForumError, NotFound
from pop_forum.services import moderation, pictures, reading
from pop_forum.services.drafts import Kept
from pop_forum.services.pictures import ALT_CHARS, PICTURES, Attached, Shown
from pop_forum.services.site import Site
from pop_forum.web.display import display
from pop_forum.web.given_back import give_back_too
from pop_forum.web.viewer import commune, require_account, signed_in, viewer

FORMS = ("threads.reply", "threads.create_daily", "threads.create_on_measure", "threads.edit")
UPLOAD_BYTES = PICTURES * MAX_BYTES + 1024 * 1024
# Who has seen a picture keeps it; a cache that many share asks each time, so that a hidden one is gone from there.
FOREVER = "public, max-age=31536000, immutable, s-maxage=0"
NOWHERE = "private, no-store"
POLICY = "default-src 'none'; sandbox"
_DIGEST = re.compile(r"[0-9a-f]{64}")

blueprint = Blueprint("pictures", __name__)


@dataclass(frozen=True, slots=True)
class Slot:
    """One place for a picture in a form: what is kept there, its description, and what is wrong with it."""

    number: int
    digest: str = ""
    alt: str = ""
    decorates: bool = False
    error: str = ""
    undescribed: bool = False  # what is wrong is its description
    lost: bool = False  # it was sent after the session had ended: nobody kept it

    @property
    def fault(self) -> tuple[str, str]:
        """The id of the field to mend, and what is wrong with it."""
        field = f"alt-{self.number}" if self.undescribed else f"image-{self.number}"
        if self.lost:
            return field, self.error
        return field, str(gettext("Image %(number)s : %(message)s", number=self.number, message=self.error))


def install(app: Flask) -> None:
    """Forms with pictures may be larger than others; everything else keeps the limit of the app."""
    app.url_value_preprocessor(_allow_pictures)


@blueprint.get("/images/<name>.webp")
def show(name: str) -> Response:
    """A picture that some message shows."""
    if not _DIGEST.fullmatch(name):
        raise NotFound(f"no picture {name[:20]!r}")
    with commune().reading() as site:
        pictures.check_shown(site, name)
    answer = _file(name, FOREVER)
    answer.set_etag(name)
    answer.make_conditional(request)
    return answer


@blueprint.get("/moderation/messages/<key>/images/<name>.webp")
def judged(key: str, name: str) -> Response:
    """A picture of a message, for who decides on that message, also when it is hidden; no cache keeps it."""
    require_account()
    with commune().reading() as site:
        moderation.check_picture(site, viewer(), reading.find_post(site, key), name)
    return _file(name, NOWHERE)


def loading() -> str:
    """Which pictures load by themselves, in a word of web/display.py: `few`, `loaded` (all) or `offered` (none).

    What the reader chose here counts before what their device says of all sites.
    """
    chosen, device = display().pictures, request.headers.get("Save-Data", "").strip().lower()
    return "offered" if chosen == "few" and device == "on" else chosen


def slots_of(shown: tuple[Shown, ...]) -> list[Slot]:
    """The places of a form for a message that has these pictures."""
    filled = [Slot(number, one.digest, one.alt, not one.alt) for number, one in enumerate(shown, 1)]
    return [*filled, *(Slot(number) for number in range(len(filled) + 1, PICTURES + 1))]


def slots_kept(site: Site, kept: Kept | None, shown: tuple[Shown, ...] = ()) -> list[Slot]:
    """The places of a form as its draft left them; a picture that waited too long is asked for again."""
    fields = kept.fields if kept else {}
    slots = [_kept(number, fields) for number in range(1, PICTURES + 1)]
    if not any(slot.digest or slot.alt or slot.decorates or slot.lost for slot in slots):
        return slots_of(shown)
    return _checked(site, slots)


def received() -> list[Slot]:
    """The places of the form that was sent; new pictures are kept at once, so that none is chosen twice."""
    slots = [_received(number) for number in range(1, PICTURES + 1)]
    if signed_in() is None or not any(slot.digest for slot in slots):
        return slots
    with commune().reading() as site:
        return _checked(site, slots)


def wanted(slots: list[Slot]) -> list[Attached]:
    """The pictures to show with the message."""
    return [Attached(one.digest, "" if one.decorates else one.alt) for one in slots if one.digest]


def faulty(slots: list[Slot]) -> bool:
    """Whether something is to be mended before the message goes."""
    return any(one.error for one in slots)


def _kept(number: int, fields: Mapping[str, str]) -> Slot:
    digest = fields.get(f"gardee-{number}", "")
    alt = fields.get(f"alt-{number}", "").strip()
    lost, digest = f"perdue-{number}" in fields, digest if _DIGEST.fullmatch(digest) else ""
    slot = Slot(number, digest, alt, f"deco-{number}" in fields)
    if not lost or digest:
        return slot
    said = gettext("Choisissez de nouveau l’image %(number)s : elle n’a pas pu être gardée.", number=number)
    return replace(slot, lost=True, error=str(said))


def _checked(site: Site, slots: list[Slot]) -> list[Slot]:
    here = pictures.are_here(site, [slot.digest for slot in slots if slot.digest])
    gone = str(gettext(pictures.NO_PICTURE))
    return [slot if not slot.digest or slot.digest in here else replace(slot, digest="", error=gone) for slot in slots]


def _received(number: int) -> Slot:
    slot, file = _kept(number, request.form), request.files.get(f"image-{number}")
    slot = replace(slot, lost=False, error="")  # it was told: sent without a picture, none is meant
    if f"sans-{number}" in request.form:
        slot = replace(slot, digest="")
    if file is not None and file.filename and signed_in() is not None:
        with file.stream:
            slot = _keep(slot, file.read())
    elif f"sans-{number}" in request.form:
        slot = replace(slot, alt="", decorates=False)
    elif slot.alt and not slot.digest and signed_in() is not None:
        return replace(slot, error=str(gettext("Choisissez l’image que vous décrivez, ou effacez sa description.")))
    if slot.digest and not slot.error and signed_in() is not None:
        fault = _fault_of(slot)
        return replace(slot, error=fault, undescribed=bool(fault))
    return slot


def _keep(slot: Slot, data: bytes) -> Slot:
    from pop_forum.adapters.pictures import read

    try:
        picture = read(data)
    except ForumError as error:
        return replace(slot, error=gettext(error.public))
    with commune().transaction() as site:
        slot = replace(slot, digest=pictures.keep(site, _files(), picture))
    give_back_too(f"gardee-{slot.number}", slot.digest)
    return slot


def _fault_of(slot: Slot) -> str:
    if len(slot.alt) > ALT_CHARS:
        return str(gettext("Cette description est trop longue : %(most)s caractères au plus.", most=ALT_CHARS))
    if not slot.alt and not slot.decorates:
        return str(gettext("Décrivez l’image pour qui ne la voit pas, ou cochez qu’elle ne fait que décorer."))
    return ""


def _file(name: str, cache: str) -> Response:
    content = _files().read(name)
    if content is None:
        raise NotFound(f"the file of picture {name[:12]} is missing")
    answer = Response(content, mimetype="image/webp")
    answer.headers["Cache-Control"] = cache
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


def _files() -> PictureFiles:
    return PictureFiles(commune().settings.data)


def _allow_pictures(endpoint: str | None, values: object) -> None:
    if endpoint in FORMS and request.mimetype == "multipart/form-data":  # an urlencoded body is read whole, and parsed
        request.max_content_length = UPLOAD_BYTES
