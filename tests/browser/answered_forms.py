"""The forms whose page comes back: with a preview, or with what is wrong with what was sent."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from pop_forum.domain.permissions import Role
from tests.browser.visitor import Visitor

# Fills the form by the names of its fields and sends it as a browser without scripts does, whatever it holds.
SEND = """([typed, pressed]) => {
  const form = document.querySelector("main form[method=post]:not(.one, #acte)");
  for (const [name, value] of Object.entries(typed)) {
    const field = form.elements[name];
    for (const one of field.length === undefined || field.tagName ? [field] : field) one.value = value;
  }
  for (const [name, value] of Object.entries(pressed)) {
    const button = Object.assign(document.createElement("input"), {type: "hidden", name, value});
    form.append(button);
  }
  HTMLFormElement.prototype.submit.call(form);
}"""


@dataclass(frozen=True, slots=True)
class Sent:
    """What somebody of this role writes at an endpoint's first address, the button pressed, and how it is answered."""

    role: Role | None
    endpoint: str
    typed: Mapping[str, str] = field(default_factory=dict)
    pressed: Mapping[str, str] = field(default_factory=dict)
    status: HTTPStatus = HTTPStatus.BAD_REQUEST

    def send(self, visitor: Visitor, path: str) -> int:
        """The status of the page that answers, now shown."""
        visitor.go(path)
        with visitor.page.expect_navigation() as navigation:
            visitor.page.evaluate(SEND, [dict(self.typed), dict(self.pressed)])
        answer = navigation.value
        assert answer is not None
        return answer.status


MESSAGE = "**Bonjour.** Le car de 18 h 10 ne passe plus.\n\n> Depuis lundi\n\n1. Halte\n2. Gare"
PREVIEW, READ_AGAIN = {"apercu": "1"}, {"action": "relire"}
OK = HTTPStatus.OK
PRICED = {
    "b-running_low": "6 500",
    "b-running_high": "9 000",
    "b-method": "comparison",
    "b-confidence": "magnitude",
    "b-hypotheses": "Une demi-journée par semaine.",
    "reason": "Essai.",
}

FORMS = (
    Sent(Role.RESIDENT, "threads.reply_form", {"text": MESSAGE}, PREVIEW, OK),
    Sent(Role.RESIDENT, "threads.reply_form", {"text": " "}),
    Sent(Role.RESIDENT, "threads.open_daily", {"title": "", "text": "mot " * 6_000}),
    Sent(Role.ADMIN, "programme.adaptation.adapt", {"text": "Le jeudi.", "reason": "Essai."}, READ_AGAIN, OK),
    Sent(Role.ADMIN, "programme.adaptation.adapt", {"title": "", "text": ""}, READ_AGAIN),
    Sent(Role.ADMIN, "programme.local.form", {"title": "", "text": ""}, READ_AGAIN),
    Sent(Role.ADMIN, "programme.improvements.form", {"reason": ""}, {"action": "publier"}),
    Sent(Role.ADMIN, "programme.taking.choose", {"reason": ""}, READ_AGAIN),
    Sent(Role.ADMIN, "programme.pricing.ours", PRICED, READ_AGAIN, OK),
    Sent(Role.ADMIN, "programme.pricing.ours", {"b-running_low": "12k", "b-aid_1_name": "Région"}, READ_AGAIN),
    Sent(Role.ADMIN, "moderation.examine"),
    Sent(Role.ADMIN, "moderation.report_form"),
    Sent(None, "accounts.register", {"name": "", "mail": "rien"}),
    Sent(None, "accounts.by_password", {"mail": "x@example.org", "password": "faux"}, {}, HTTPStatus.UNAUTHORIZED),
)


def of_role(role: Role | None) -> Iterator[Sent]:
    """Those of this role."""
    return (form for form in FORMS if form.role == role)
