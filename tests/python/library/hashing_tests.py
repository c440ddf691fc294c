"""hashlib and hmac, and the modules below them."""

import hashlib
import hmac
import io
import _blake2
import _md5
import _sha1
import _sha2
import _sha3

TEXT = b"The quick brown fox" * 100

# Made by CPython 3.14.
DIGESTS = {
    "blake2b": "f803539c2c2b8cb6f1ee2a7a6798262036749c24e09ff231559ae93a0175f11b01606cc82d7fde770e93a1fa411708ba81f3629fb35f45c3fe4ea6b281e52526",
    "blake2s": "103602420bd02a2e7272d71de70db0438f056a6d6121fc99c675e6b5a4f7edcf",
    "md5": "444af84b8b460b45262403528102948e",
    "sha1": "59cf87a23834fb077257face75cc4062cbb722c6",
    "sha224": "9f2e16d2a7d4f7d06dc4ffffaafdd168b4f277d2a55440c00d245244",
    "sha256": "7b107ffca5d30d0c80f21c3255aed4735d23583fc02af470d399597acffa8830",
    "sha384": "c9e737f4435942a454619e97bc22c094a4c846e2573a1ed0676269c21d25ad93564d3d3fd20b831fb13afe43f6c2bc41",
    "sha3_224": "6eab628eab737b94fe03db8e7319f737d2c36d24918f711f10ce0d56",
    "sha3_256": "c7c9769654c5a2521890162e6a4130b5c4416d5995e71fa3985d25e0d685cf10",
    "sha3_384": "3c01d3b6b8be7ba93434353cd792447147c4101bd53d24f3a3a591282df139c8d3e5f6a792877c1608cd05c872948cc2",
    "sha3_512": "94f94c04d4eaafb5e2356e67d4affd617271c07c4ce156a7d4c59c4598c4bd2882ee9ca21bc06f71de89e959d12abdf4a399247249625b11aff4edee3149b832",
    "sha512": "260465ea990be14cc761959f368f67a2cb3cb1f9c9a8dcf64c79f483d26f63594f02231ad259b4a98ac2fbfb259ee4dbd8aadf2571b70662d4164b62dfece7f8",
}
SIZES = {"md5": 64, "sha1": 64, "sha224": 64, "sha256": 64, "sha384": 128, "sha512": 128, "blake2b": 128, "blake2s": 64}
SIZES |= {"sha3_224": 144, "sha3_256": 136, "sha3_384": 104, "sha3_512": 72}


def raises(kind, action, message=None):
    try:
        action()
    except kind as error:
        assert message is None or str(error) == message, str(error)
    else:
        raise AssertionError(f"{kind.__name__} expected")


def test_digests():
    assert hashlib.algorithms_guaranteed <= hashlib.algorithms_available
    for name, expected in DIGESTS.items():
        h = hashlib.new(name, TEXT)
        assert h.hexdigest() == expected == h.digest().hex()
        assert h.name == name and h.block_size == SIZES[name] and h.digest_size == len(expected) // 2
        h = getattr(hashlib, name)()
        for at in range(0, len(TEXT), 77):
            h.update(memoryview(TEXT)[at : at + 77])
        copy = h.copy()
        copy.update(b"more")
        assert h.hexdigest() == expected != copy.hexdigest()
        assert hashlib.file_digest(io.BytesIO(TEXT), name).hexdigest() == expected
        assert hashlib.new(name, TEXT, usedforsecurity=False).hexdigest() == expected
    assert hashlib.shake_128(TEXT).hexdigest(33) == "e22034819a2b0e6b8439d5c136c0a9181f3315247a9d02eb1c35b860a893136832"
    assert hashlib.shake_256(TEXT).digest(5) == bytes.fromhex("7dd638ae4c")


def test_native_constructors():
    for make in _md5.md5, _sha1.sha1, _sha2.sha224, _sha2.sha256, _sha2.sha384, _sha2.sha512, _sha3.sha3_256, _blake2.blake2s:
        assert make(b"x").digest() == make(data=b"x").digest() == make(string=b"x").digest()
        raises(TypeError, lambda: make("x"), "Strings must be encoded before hashing")
        raises(TypeError, lambda: make(5), "object supporting the buffer API required")
        raises(TypeError, lambda: make(b"", b""))
        raises(TypeError, lambda: make(b"x", string=b"x"))
    raises(TypeError, type(_md5.md5()), "cannot create '_md5.md5' instances")
    assert type(_sha2.sha256()) is _sha2.SHA256Type and _sha3.sha3_224()._rate_bits == 1152
    shake = _sha3.shake_128(b"a")
    assert shake.digest(0) == b"" and shake.hexdigest(length=10) == "85c8de88d28866bf0868"
    raises(ValueError, lambda: shake.digest(2**29), "length is too large")


def test_blake():
    whole = hashlib.blake2s(b"a", fanout=2, depth=3, leaf_size=4096, node_offset=1, node_depth=1, inner_size=32, last_node=True)
    assert whole.hexdigest() == "c8c44d49e8e8a945e2bebed33abf0c544a5a7964c3479d6f1d68f100c8d3e118"
    assert hashlib.blake2s(b"a", key=b"abc", salt=b"x", person=b"yy", digest_size=3).hexdigest() == "37be38"
    assert hashlib.blake2b.MAX_KEY_SIZE == 64 and hashlib.blake2s.SALT_SIZE == 8
    raises(ValueError, lambda: hashlib.blake2b(digest_size=65))
    raises(ValueError, lambda: hashlib.blake2b(key=b"x" * 65), "maximum key length is 64 bytes")
    raises(OverflowError, lambda: hashlib.blake2s(node_offset=2**48), "node_offset is too large")
    raises(ValueError, lambda: hashlib.blake2s(depth=0), "depth must be between 1 and 255")


def test_hmac():
    key = b"key"
    mac = hmac.new(key, TEXT, "sha256")
    assert mac.hexdigest() == hmac.digest(key, TEXT, "sha256").hex() and len(mac.digest()) == 32
    assert hmac.new(key, b"The quick brown fox jumps over the lazy dog", "md5").hexdigest() == "80070713463e7749b90c2dc24911e275"
    assert hmac.compare_digest(mac.digest(), mac.copy().digest())


test_digests()
test_native_constructors()
test_blake()
test_hmac()
print("ok")
