"""A person with a browser, for the check: signs in, opens discussions and replies through the real forms."""

import http.client
import re
from collections.abc import Mapping
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from pop_forum.errors import RemoteFailure

SECONDS = 30.0
SEEN = 303  # the status after which a person sees her message
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_ANCHOR = "m-"


class Visitor:
    """One browser on one site; not for several threads."""

    def __init__(self, authority: str) -> None:
        self._authority = authority
        self._cookies: SimpleCookie = SimpleCookie()
        self._line = http.client.HTTPConnection("127.0.0.1", int(authority.rpartition(":")[2]), timeout=SECONDS)
        self._token = ""

    def sign_in(self, mail: str, password: str) -> None:
        """Nothing, signed in. Raises RemoteFailure."""
        self._read_token("/connexion")
        if self._post("/connexion", {"mail": mail, "password": password}) is None:
            raise RemoteFailure(f"{mail} cannot sign in at {self._authority}")
        self._read_token("/quotidien/ouvrir")

    def open_thread(self, title: str, text: str) -> str | None:
        """The key of a new shared discussion, or None when the site did not accept it."""
        place = self._post("/quotidien/ouvrir", {"title": title, "text": text, "reach": "shared"})
        return urlsplit(place).path.rpartition("/")[2] if place else None

    def reply(self, thread_key: str, text: str) -> str | None:
        """The key of a new reply, or None when the site did not accept it."""
        place = self._post(f"/discussions/{thread_key}/repondre", {"text": text})
        return urlsplit(place).fragment.removeprefix(_ANCHOR) if place else None

    def page(self, path: str) -> str:
        """The text of a page. Raises RemoteFailure unless it is there."""
        status, _, body = self._ask("GET", path, None)
        if status != http.client.OK:
            raise RemoteFailure(f"{self._authority}{path} answers {status}")
        return body.decode("utf-8")

    def close(self) -> None:
        """Nothing, with the connection closed."""
        self._line.close()

    def _read_token(self, path: str) -> None:
        found = _TOKEN.search(self.page(path))
        if found is None:
            raise RemoteFailure(f"{self._authority}{path} has no form")
        self._token = found[1]

    def _post(self, path: str, fields: Mapping[str, str]) -> str | None:
        """Where the site sends the person after it kept what she wrote; None for any other answer."""
        status, place, _ = self._ask("POST", path, urlencode({**fields, "csrf_token": self._token}))
        return place if status == SEEN else None

    def _ask(self, method: str, path: str, form: str | None) -> tuple[int, str, bytes]:
        headers = {"Host": self._authority, "Cookie": "; ".join(f"{m.key}={m.value}" for m in self._cookies.values())}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            self._line.request(method, path, form, headers)
            answer = self._line.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._line.close()
            raise RemoteFailure(f"{self._authority}{path}: {error}") from error
        for line in answer.headers.get_all("Set-Cookie", []):
            self._cookies.load(line)
        return answer.status, answer.headers.get("Location", ""), body
