"""Throw-away signing keys and compact JWTs, valid ones and others. No private key leaves the process."""

import base64
import hashlib
import hmac
import json
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int, length: int | None = None) -> str:
    return encode(value.to_bytes(length or (value.bit_length() + 7) // 8, "big"))


def text(value: Any) -> str:
    """Compact JSON, as the server writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class Key:
    """A private key, its public JWK, and the algorithm that the JWK names."""

    def __init__(self, alg: str, bits: int = 2048) -> None:
        self.alg = alg
        if alg in ("ES256", "ES384"):
            self.private: Any = ec.generate_private_key(ec.SECP256R1() if alg == "ES256" else ec.SECP384R1())
            point, size = self.private.public_key().public_numbers(), 32 if alg == "ES256" else 48
            curve = "P-256" if alg == "ES256" else "P-384"
            named = {"crv": curve, "kty": "EC", "x": number(point.x, size), "y": number(point.y, size)}
        elif alg == "EdDSA":
            self.private = ed25519.Ed25519PrivateKey.generate()
            named = {"crv": "Ed25519", "kty": "OKP", "x": encode(self.private.public_key().public_bytes_raw())}
        else:
            self.private = rsa.generate_private_key(65537, bits)
            public = self.private.public_key().public_numbers()
            named = {"e": number(public.e), "kty": "RSA", "n": number(public.n)}
        self.kid = encode(hashlib.sha256(text(named).encode()).digest())
        self.jwk = {"kty": named.pop("kty"), "use": "sig", "alg": alg, "kid": self.kid, **named}

    def signature(self, signed: str, alg: str | None = None) -> bytes:
        """Under another `alg` of the same key type too: RSA keys sign both RS256 and PS256."""
        data, alg = signed.encode("utf-8", "surrogatepass"), alg or self.alg
        if alg in ("ES256", "ES384"):
            digest, size = (hashes.SHA256(), 32) if alg == "ES256" else (hashes.SHA384(), 48)
            r, s = utils.decode_dss_signature(self.private.sign(data, ec.ECDSA(digest)))
            return r.to_bytes(size, "big") + s.to_bytes(size, "big")
        if alg == "EdDSA":
            return self.private.sign(data)
        if alg == "RS256":
            return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), salt_length=32)
        return self.private.sign(data, pss, hashes.SHA256())

    def header(self) -> dict[str, Any]:
        return {"typ": "at+jwt", "alg": self.alg, "kid": self.kid}

    def sign_parts(self, header: str, payload: str, alg: str | None = None) -> str:
        """Both parts are encoded already."""
        signed = f"{header}.{payload}"
        return f"{signed}.{encode(self.signature(signed, alg))}"

    def sign_text(self, header: str, payload: str | bytes, alg: str | None = None) -> str:
        payload = payload.encode() if isinstance(payload, str) else payload
        return self.sign_parts(encode(header.encode()), encode(payload), alg)

    def sign(self, claims: dict[str, Any], **changes: Any) -> str:
        """A change to `...` removes the header's member."""
        header = {name: value for name, value in {**self.header(), **changes}.items() if value is not ...}
        return self.sign_text(text(header), text(claims))

    def pem(self) -> bytes:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.private.public_key().public_bytes(serialization.Encoding.PEM, form)


def authenticate(secret: bytes, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """An HS256 token."""
    signed = f"{encode(text(header).encode())}.{encode(text(claims).encode())}"
    return f"{signed}.{encode(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


def loosened(part: str) -> str:
    """The same bytes in another spelling: a bit is set that base64url does not use. The length must not be of whole
    groups."""
    assert len(part) % 4 in (2, 3), part
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return part[:-1] + alphabet[alphabet.index(part[-1]) + 1]


def complement(token: str) -> str:
    """The other valid ES256 signature of the same key: s becomes n - s."""
    signed, signature = token.rsplit(".", 1)
    raw = base64.urlsafe_b64decode(signature + "==")
    s = P256_ORDER - int.from_bytes(raw[32:], "big")
    return f"{signed}.{encode(raw[:32] + s.to_bytes(32, 'big'))}"
