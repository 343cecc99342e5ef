"""Where one may be led after signing in: a page of this site, and nothing else."""

from urllib.parse import urlsplit


def own_page(address: str | None) -> str:
    """The address when it is a page of this site, else nothing (row 87)."""
    if not address or not address.startswith("/") or address.startswith("//") or not address.isprintable():
        return ""
    parts = urlsplit(address)
    foreign = parts.scheme or parts.netloc or "\\" in address
    return "" if foreign else address
