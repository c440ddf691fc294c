"""unicodedata: properties, names, normal forms, and the database of Unicode 3.2.0."""

import hashlib
import unicodedata

OLD = unicodedata.ucd_3_2_0
STEP = 23


def raises(kind, action, message=None):
    try:
        action()
    except kind as error:
        assert message is None or str(error) == message, str(error)
    else:
        raise AssertionError(f"{kind.__name__} expected")


def digest(function):
    """The digest of what a function says of a good many characters."""
    h = hashlib.sha1()
    for start, end in [(0, 0x3400), (0xA000, 0xAC20), (0xF900, 0x12000), (0x1D000, 0x20000), (0x2F800, 0x2FA20)]:
        for cp in range(start, end, 3):
            h.update(str(function(chr(cp))).encode("utf-8", "surrogatepass"))
    return h.hexdigest()[:12]


def digests(database):
    for name in "category bidirectional combining mirrored east_asian_width decomposition".split():
        yield name, digest(getattr(database, name))
    for name in "decimal digit numeric name".split():
        function = getattr(database, name)
        yield name, digest(lambda c: function(c, None))
    for form in "NFC NFD NFKC NFKD".split():
        yield form, digest(lambda c: database.normalize(form, c))
        yield "is " + form, digest(lambda c: database.is_normalized(form, c))


# Made by CPython 3.14.
TODAY = {
    "category": "c38955ea0d0c", "bidirectional": "b84deefe2d6a", "combining": "3d911d57b3b8",
    "mirrored": "f1aa5b93a768", "east_asian_width": "e8bec4e5323c", "decomposition": "3ebcb64f41f0",
    "decimal": "a62a847ff39a", "digit": "ffb465016761", "numeric": "f90b388a6a7a",
    "name": "e6e4055456b0", "NFC": "c2db0bf0cdca", "is NFC": "ce8e4354c573",
    "NFD": "7bdb3afe6202", "is NFD": "c11cf955a2fc", "NFKC": "546f4830a85a",
    "is NFKC": "b7aa838df3ea", "NFKD": "55e88f3bee74", "is NFKD": "d3d78c7270f4",
}
THEN = {
    "category": "a025599b8f2d", "bidirectional": "97ff55d198b4", "combining": "c6774b3e9caa",
    "mirrored": "6fad8c389e25", "east_asian_width": "4d2ac274a64b", "decomposition": "d76f06ef9c37",
    "decimal": "49bb36937e19", "digit": "ffb465016761", "numeric": "538cc2fed523",
    "name": "7290f4e9108a", "NFC": "284d54a285db", "is NFC": "c4479b6c2dcd",
    "NFD": "c795c9675d20", "is NFD": "bc225b39a69b", "NFKC": "e7b74def6b43",
    "is NFKC": "335584d2b0da", "NFKD": "bd96982d1800", "is NFKD": "0061fe27bb06",
}


def test_properties():
    assert unicodedata.unidata_version == "16.0.0" and OLD.unidata_version == "3.2.0"
    assert dict(digests(unicodedata)) == TODAY
    assert dict(digests(OLD)) == THEN
    raises(TypeError, lambda: unicodedata.category("ab"))
    raises(TypeError, lambda: unicodedata.category(5), "category() argument must be a unicode character, not int")
    raises(ValueError, lambda: unicodedata.decimal("a"), "not a decimal")
    assert unicodedata.numeric("\xbd") == 0.5 and unicodedata.digit("x", None) is None
    assert unicodedata.bidirectional("\ud800") == "L"


def test_names():
    for cp in range(0, 0x110000, STEP):
        name = unicodedata.name(chr(cp), None)
        if name is not None:
            assert unicodedata.lookup(name) == chr(cp) == unicodedata.lookup(name.lower()), name
    lookup = unicodedata.lookup
    assert lookup("HANGUL SYLLABLE GAG") == "\uac01" and lookup("hangul syllable a") == "\uc544"
    assert lookup("CJK UNIFIED IDEOGRAPH-4e00") == "\u4e00" and unicodedata.name("\uf900") == "CJK COMPATIBILITY IDEOGRAPH-F900"
    assert lookup("LINE FEED") == "\n" and lookup("keycap digit one") == "1\ufe0f\u20e3" and lookup(b"BELL") == "\U0001f514"
    for wrong in "nope", "", "LATIN SMALL LETTER A ", "LATIN  SMALL LETTER A", "CJK UNIFIED IDEOGRAPH-04E00", "n\xf6pe", "HANGUL SYLLABLE Z":
        raises(KeyError, lambda: lookup(wrong), repr(f"undefined character name '{wrong}'"))
    raises(KeyError, lambda: OLD.lookup("LINE FEED"))
    raises(ValueError, lambda: unicodedata.name("\0"), "no such name")
    raises(ValueError, lambda: OLD.name("\u0221"), "no such name")


def test_escapes():
    assert "\N{BULLET}\N{line feed}\N{CJK UNIFIED IDEOGRAPH-4E00}" == "\u2022\n\u4e00"
    assert rb"\N{BULLET}\N{LINE FEED}".decode("unicode_escape") == "\u2022\n"
    assert "a\xe9\u20ac\U0001f600\ue000".encode("ascii", "namereplace") == (
        rb"a\N{LATIN SMALL LETTER E WITH ACUTE}\N{EURO SIGN}\N{GRINNING FACE}\ue000"
    )
    for literal in r"'\N{KEYCAP DIGIT ONE}'", r"'\N{nope}'", r"'\N{}'":
        raises(SyntaxError, lambda: compile(literal, "", "eval"))
    raises(UnicodeDecodeError, lambda: rb"\N{KEYCAP DIGIT ONE}".decode("unicode_escape"))


def test_normal_forms():
    normalize, is_normalized = unicodedata.normalize, unicodedata.is_normalized
    text = "\u1e9b\u0323 \xbd \uac01 e\u0301\u0327 \u212b \ufb01 \u0344"
    assert normalize("NFC", text) == "\u1e9b\u0323 \xbd \uac01 \u0229\u0301 \xc5 \ufb01 \u0308\u0301"
    assert normalize("NFD", text) == "\u017f\u0323\u0307 \xbd \u1100\u1161\u11a8 e\u0327\u0301 A\u030a \ufb01 \u0308\u0301"
    assert normalize("NFKC", text) == "\u1e69 1\u20442 \uac01 \u0229\u0301 \xc5 fi \u0308\u0301"
    assert normalize("NFKD", text) == "s\u0323\u0307 1\u20442 \u1100\u1161\u11a8 e\u0327\u0301 A\u030a fi \u0308\u0301"
    for form in "NFC", "NFD", "NFKC", "NFKD":
        once = normalize(form, text)
        assert is_normalized(form, once) and not is_normalized(form, text) and normalize(form, once) == once
    assert normalize("NFC", "\u1100\u1161\u11a8") == "\uac01" and normalize("NFC", "a\u0315\u0300") == "\xe0\u0315"
    assert normalize("NFD", "\ud800\xe9") == "\ud800e\u0301" and OLD.normalize("NFC", "\U0002f868") == "\U0002136a"
    raises(ValueError, lambda: normalize("X", "a"), "invalid normalization form")
    raises(TypeError, lambda: normalize("NFC", 5), "normalize() argument 2 must be str, not int")
    raises(TypeError, type(OLD), "cannot create 'unicodedata.UCD' instances")


test_properties()
test_names()
test_escapes()
test_normal_forms()
print("ok")
