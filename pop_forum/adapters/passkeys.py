"""WebAuthn: what a browser is asked, and its answers verified (W3C Web Authentication, level 3).

The library is loaded at the first passkey only: most processes never meet one.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from pop_forum.domain.passkeys import Assertion, NewKey
from pop_forum.errors import Unauthenticated

ANSWER_CHARS = 16_384  # of a browser's answer: an id of 1,023 bytes, a key and a signature need a quarter of it
TIMEOUT_MS = 300_000  # as long as the challenge lasts


@dataclass(frozen=True, slots=True)
class WebAuthn:
    """The rules for one site: its name, its domain without the port, and the one origin it is used from."""

    site_name: str
    domain: str
    origin: str

    def registration(self, challenge: bytes, handle: bytes, name: str, known: Iterable[bytes]) -> str:
        """The options for `navigator.credentials.create`, as JSON: a key that the device itself can offer again."""
        import webauthn
        from webauthn.helpers import structs

        options = webauthn.generate_registration_options(
            rp_id=self.domain,
            rp_name=self.site_name,
            user_id=handle,
            user_name=name,
            user_display_name=name,
            challenge=challenge,
            timeout=TIMEOUT_MS,
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                resident_key=structs.ResidentKeyRequirement.REQUIRED,
                user_verification=structs.UserVerificationRequirement.PREFERRED,
            ),
            exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=credential) for credential in known],
        )
        return webauthn.options_to_json(options)

    def request(self, challenge: bytes) -> str:
        """The options for `navigator.credentials.get`, as JSON: any key that the device has for this site."""
        import webauthn
        from webauthn.helpers import structs

        options = webauthn.generate_authentication_options(
            rp_id=self.domain,
            challenge=challenge,
            timeout=TIMEOUT_MS,
            user_verification=structs.UserVerificationRequirement.PREFERRED,
        )
        return webauthn.options_to_json(options)

    def verify_new(self, answer: str, challenge: bytes) -> NewKey:
        """The key in an answer to a registration challenge. Raises Unauthenticated."""
        import webauthn
        from webauthn.helpers.exceptions import WebAuthnException

        try:
            found = webauthn.verify_registration_response(
                credential=_short(answer),
                expected_challenge=challenge,
                expected_rp_id=self.domain,
                expected_origin=self.origin,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise Unauthenticated(f"passkey refused: {error}") from error
        return NewKey(found.credential_id, found.credential_public_key, found.sign_count)

    def read(self, answer: str) -> Assertion:
        """Which key an answer says it is by, and whose. Raises Unauthenticated."""
        from webauthn.helpers import parse_authentication_credential_json
        from webauthn.helpers.exceptions import WebAuthnException

        try:
            credential = parse_authentication_credential_json(_short(answer))
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise Unauthenticated(f"passkey unreadable: {error}") from error
        return Assertion(credential.raw_id, credential.response.user_handle)

    def verify(self, answer: str, challenge: bytes, public_key: bytes, sign_count: int) -> int:
        """The new count of signatures of the key. Raises Unauthenticated."""
        import webauthn
        from webauthn.helpers.exceptions import WebAuthnException

        try:
            found = webauthn.verify_authentication_response(
                credential=_short(answer),
                expected_challenge=challenge,
                expected_rp_id=self.domain,
                expected_origin=self.origin,
                credential_public_key=public_key,
                credential_current_sign_count=sign_count,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise Unauthenticated(f"passkey refused: {error}") from error
        return found.new_sign_count


def _short(answer: str) -> str:
    if len(answer) > ANSWER_CHARS:
        raise Unauthenticated(f"an answer of {len(answer)} characters")
    return answer
