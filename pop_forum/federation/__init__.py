"""The pure federation core: bytes and values in, values out. FEDERATION.md describes the formats."""
