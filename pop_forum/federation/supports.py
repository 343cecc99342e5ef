"""Supports without names: a political opinion travels as a token that only its own site can tie to a person."""

import hmac

from pop_forum.federation.identifiers import ObjectId


def support_token(site_secret: bytes, person: ObjectId, supported: ObjectId) -> str:
    """HMAC-SHA-256 of the two ids, one after the other, under the site's secret; 64 hexadecimal digits.

    Ids of persons have one length on a site, so no two pairs give the same bytes.
    """
    return hmac.digest(site_secret, (person + supported).encode("ascii"), "sha256").hex()
