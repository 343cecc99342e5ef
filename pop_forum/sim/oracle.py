"""What every site must show, folded from the entries alone: no service of the program has a part in it.

It reads the wire (FEDERATION.md) and knows the rules of docs/design/federation.md: the last (epoch, n) of an owner
wins, a deletion beats everything until the same authority undoes it, nothing undoes an erasure, a reply never stands
before what it answers.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Document = dict[str, Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Message:
    """One message: the opening of a thread, or a reply."""

    thread: str
    parent: str | None
    author: str
    texts: list[str]
    published: datetime
    deleted_by: str = ""
    erased: bool = False

    @property
    def visible(self) -> bool:
        """Whether people read it."""
        return not self.deleted_by


@dataclass
class Expected:
    """The shared state that follows from the entries."""

    people: dict[str, tuple[str, str]] = field(default_factory=dict)
    threads: dict[str, tuple[str, str, str]] = field(default_factory=dict)  # title, board, measure
    messages: dict[str, Message] = field(default_factory=dict)
    supports: set[tuple[str, str, str]] = field(default_factory=set)  # message, host, token
    revisions: dict[str, tuple[str, str, str]] = field(default_factory=dict)  # host, role, measure
    heads: dict[str, set[str]] = field(default_factory=dict)  # of the common text, for measures that have moved
    stances: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)  # (host, measure): kind, digest
    erased: set[tuple[str, str, str, int]] = field(default_factory=set)  # entries: host, journal, epoch id, number
    _left: dict[str, Document] = field(default_factory=dict)  # tombstones of erased messages
    _wishes: dict[tuple[str, str], bool] = field(default_factory=dict)  # (message, who): removed

    def order(self, thread: str) -> list[str]:
        """The messages of a thread as they are read."""
        places: dict[str, int] = {}

        def place(uri: str) -> int:
            if uri not in places:
                message = self.messages[uri]
                own = int((message.published - EPOCH).total_seconds() * 1000) * 1000
                above = message.parent if message.parent in self.messages else None
                places[uri] = own if above is None else max(own, place(above) + 1)
            return places[uri]

        members = [uri for uri, message in self.messages.items() if message.thread == thread]
        return sorted(members, key=lambda uri: (place(uri), uri))


def fold(journals: Iterable[tuple[str, Iterable[bytes]]]) -> Expected:
    """The state after all entries of these journals, each with its host and in its own order."""
    state = Expected()
    told = [(host, [json.loads(entry) for entry in entries]) for host, entries in journals]
    for host, documents in told:
        for document in documents:
            _read(state, host, document)
    for _, documents in told:
        for document in documents:
            _correct(state, document)
    for uri, left in state._left.items():
        _bury(state, uri, left)
    for (uri, who), removed in state._wishes.items():
        _remove(state, uri, who, removed)
    for uri in state._left:
        state.messages[uri].deleted_by = state.messages[uri].deleted_by or "author"
    return state


def _read(state: Expected, host: str, document: Document) -> None:
    """What creates something, and what stands for itself."""
    kind: str = document["type"]
    thing: Any = document.get("object")
    inner = thing["type"] if isinstance(thing, dict) else ""
    match kind, inner:
        case (("Create" | "Update"), "Person"):
            state.people[thing["id"]] = thing["name"], thing["pop:role"]
        case "Create", "Page":
            state.threads[thing["id"]] = thing["name"], thing["pop:board"], thing.get("pop:measure", "")
            state.messages[thing["id"]] = _message(thing, None)
        case "Create", "Note":
            state.messages[thing["id"]] = _message(thing, thing["inReplyTo"])
        case "Create", "Article":
            _revise(state, host, thing)
        case "pop:Erase", _:
            state.erased.add((host, document["pop:journal"], document["pop:epochId"], document["pop:n"]))
            state._left |= {thing["id"]: thing} if thing else {}
        case "pop:Adopt", "":
            state.stances[host, document["pop:measure"]] = "adopted", document["pop:digest"]
        case "pop:SetAside", "":
            state.stances[host, document["pop:measure"]] = "aside", document.get("pop:digest", "")
        case "Undo", "pop:SetAside":
            state.stances[host, thing["pop:measure"]] = "undecided", ""
        case "Like", "":
            state.supports.add((document["object"], host, document["pop:token"]))
        case "Undo", "Like":
            state.supports.discard((thing["object"], host, thing["pop:token"]))
        case "Delete", "":
            state._wishes[document["object"], document["actor"]] = True
        case "Undo", "Delete":
            state._wishes[thing["object"], document["actor"]] = False


def _bury(state: Expected, uri: str, left: Document) -> None:
    """An erased message: its place in the thread, and no word of it."""
    above, published = left.get("inReplyTo"), datetime.fromisoformat(left["published"])
    state.messages[uri] = Message(left["context"], above, left["attributedTo"], [""], published, erased=True)
    if above is None:
        state.threads[uri] = "Discussion retirée", left["pop:board"], left.get("pop:measure", "")


def _message(thing: Document, parent: str | None) -> Message:
    published = datetime.fromisoformat(thing["published"])
    return Message(thing["context"], parent, thing["attributedTo"], [thing["source"]["content"]], published)


def _revise(state: Expected, host: str, article: Document) -> None:
    digest, revision, role = article["pop:digest"], article["pop:revision"], article["pop:role"]
    measure = revision["measure"]
    state.revisions[digest] = host, role, measure
    if role == "common":
        heads = state.heads.setdefault(measure, set())
        heads.difference_update(revision["parents"])
        heads.add(digest)
    else:
        state.stances[host, measure] = "adapted", digest


def _correct(state: Expected, document: Document) -> None:
    """A later text of a message."""
    thing: Any = document.get("object")
    if document["type"] != "Update" or not isinstance(thing, dict) or thing["type"] not in ("Page", "Note"):
        return
    if thing["id"] in state._left:
        return
    state.messages[thing["id"]].texts.append(thing["source"]["content"])
    if thing["type"] == "Page":
        _, board, measure = state.threads[thing["id"]]
        state.threads[thing["id"]] = thing["name"], board, measure


def _remove(state: Expected, uri: str, who: str, removed: bool) -> None:
    """A message hidden, when who wishes it has a say: its author, its own commune, or the one of its thread."""
    message = state.messages.get(uri)
    if message is None or not removed:
        return
    if who == message.author:
        message.deleted_by = "author"
    elif who in (_commune(uri), _commune(message.thread)):
        message.deleted_by = message.deleted_by or "moderation"


def _commune(uri: str) -> str:
    return "/".join(uri.split("/")[:3]) + "/commune"
