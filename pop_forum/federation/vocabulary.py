"""The words of the wire: contexts, types and terms."""

from typing import Final

from pop_forum.federation.strict_json import Json, JsonObject

PUBLIC: Final = "https://www.w3.org/ns/activitystreams#Public"
AS2: Final = "https://www.w3.org/ns/activitystreams"
SECURITY: Final = "https://w3id.org/security/v1"
CONTENT_TYPE: Final = "application/activity+json"
MARKDOWN: Final = "text/markdown"
HTML: Final = "text/html"

# Everything that the two public contexts lack goes into one inline object: verifiers fail on a third remote one.
# The prefix sec comes with security/v1.
_PROOF_TERMS: Final[JsonObject] = {
    "pop": "urn:pop:ns#",
    "DataIntegrityProof": "sec:DataIntegrityProof",
    "cryptosuite": "sec:cryptosuite",
    "proof": {"@id": "sec:proof", "@type": "@id", "@container": "@graph"},
    "proofPurpose": {"@id": "sec:proofPurpose", "@type": "@vocab"},
    "proofValue": "sec:proofValue",
    "verificationMethod": {"@id": "sec:verificationMethod", "@type": "@id"},
}
_KEY_TERMS: Final[JsonObject] = {
    "assertionMethod": {"@id": "sec:assertionMethod", "@type": "@id", "@container": "@set"},
    "Multikey": "sec:Multikey",
    "publicKeyMultibase": "sec:publicKeyMultibase",
}
_PAGE_TERMS: Final[JsonObject] = {
    term: f"pop:{term}"
    for term in (
        *(
            "activity",
            "epoch",
            "epoch_id",
            "erased",
            "erased_by",
            "erased_in",
            "hash",
            "hashes",
            "head",
            "host",
            "journal",
        ),
        *("journal", "leaf", "n", "number", "positions", "predecessor", "previous", "salt", "time"),
    )
}

CONTEXT: Final[list[Json]] = [AS2, SECURITY, _PROOF_TERMS]
IMAGE_CONTEXT: Final[list[Json]] = [AS2, SECURITY, {**_PROOF_TERMS, "digestMultibase": "sec:digestMultibase"}]
ACTOR_CONTEXT: Final[list[Json]] = [AS2, SECURITY, {**_PROOF_TERMS, **_KEY_TERMS}]
PAGE_CONTEXT: Final[list[Json]] = [AS2, SECURITY, {**_PROOF_TERMS, **_PAGE_TERMS}]

CREATE: Final = "Create"
UPDATE: Final = "Update"
DELETE: Final = "Delete"
UNDO: Final = "Undo"
LIKE: Final = "Like"
ADOPT: Final = "pop:Adopt"
SET_ASIDE: Final = "pop:SetAside"
OPEN_POLL: Final = "pop:OpenPoll"
ERASE: Final = "pop:Erase"
ERASED: Final = "pop:Erased"
KEY_REGISTER: Final = "pop:KeyRegister"
MEMBER: Final = "pop:Member"
EDITION: Final = "pop:Edition"
DRAFTING_GROUP: Final = "pop:DraftingGroup"
OPINION: Final = "pop:Opinion"
TEST: Final = "pop:Test"
ECHO: Final = "pop:Echo"
INVITE: Final = "Invite"
OFFER: Final = "Offer"
ACCEPT: Final = "Accept"
REJECT: Final = "Reject"

PERSON: Final = "Person"
PAGE: Final = "Page"
NOTE: Final = "Note"
ARTICLE: Final = "Article"
TOMBSTONE: Final = "Tombstone"
APPLICATION: Final = "Application"
