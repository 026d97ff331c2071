"""Whether a JSON Web Token is signed by an App: RS256 (RFC 7518 §3.3) with what the standard library has.

Good enough for a stand-in on this machine, and for nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

_SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")  # DigestInfo, RFC 8017 §9.2 note 1


def claims(token: str) -> Mapping[str, Any]:
    """What a token claims, unverified; {} where it is no token."""
    parts = token.split(".")
    try:
        data = json.loads(_decoded(parts[1])) if len(parts) == 3 else {}
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def signed_by(token: str, public_key: str) -> bool:
    """Whether the owner of this RSA key (PEM, SubjectPublicKeyInfo or PKCS#1) signed the token."""
    try:
        head, payload, signature = token.split(".")
        algorithm = json.loads(_decoded(head)).get("alg")
        modulus, exponent = _numbers(public_key)
        value = int.from_bytes(_decoded(signature))
    except (ValueError, IndexError, AttributeError):
        return False
    digest = _SHA256_PREFIX + hashlib.sha256(f"{head}.{payload}".encode()).digest()
    size = (modulus.bit_length() + 7) // 8
    expected = b"\x00\x01" + b"\xff" * (size - len(digest) - 3) + b"\x00" + digest
    return algorithm == "RS256" and value < modulus and pow(value, exponent, modulus).to_bytes(size) == expected


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _numbers(pem: str) -> tuple[int, int]:
    """Modulus and exponent of a public key."""
    lines = [line for line in pem.strip().splitlines() if not line.startswith("-----")]
    content = _children(base64.b64decode("".join(lines)))[0]
    parts = _children(content)
    if parts[1][:1] == b"\x00" and len(parts[1]) > 8:  # a bit string: the key inside SubjectPublicKeyInfo
        parts = _children(_children(parts[1][1:])[0])
    return int.from_bytes(parts[0]), int.from_bytes(parts[1])


def _children(data: bytes) -> list[bytes]:
    """The contents of the DER elements that stand one after another in `data`."""
    found: list[bytes] = []
    while data:
        length, start = data[1], 2
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(data[2:start])
        found.append(data[start : start + length])
        data = data[start + length :]
    return found
