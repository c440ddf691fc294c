"""json: reading and writing, hooks, errors and their places."""

import json
import math


def raises(kind, action, message=None):
    try:
        action()
    except kind as error:
        assert message is None or str(error) == message, str(error)
        return error
    raise AssertionError(f"{kind.__name__} expected")


def test_reading():
    loads = json.loads
    text = ' [1 , -2.5e3, "a\\u20ac\\ud83d\\ude00\\n" , {"a" : [ ] , "b" : { } , "a": null} , true, false] '
    assert loads(text) == [1, -2500.0, "a\u20ac\U0001f600\n", {"a": None, "b": {}}, True, False]
    assert loads('["\u20ac","\U0001f600",{"\xe9":1}]') == ["\u20ac", "\U0001f600", {"\xe9": 1}]
    assert loads("123456789012345678901234567890") == 123456789012345678901234567890 and loads(b"[1]") == [1]
    assert loads("1e400") == math.inf and loads("-Infinity") == -math.inf and str(loads("-0.0")) == "-0.0"
    assert loads('"\\ud83dx"') == "\ud83dx" and loads('"a\tb"', strict=False) == "a\tb"
    keys = [list(d)[0] for d in loads('[{"key": 1}, {"key": 2}]')]
    assert keys[0] is keys[1]
    assert loads('{"a":1,"b":2}', object_pairs_hook=list) == [("a", 1), ("b", 2)]
    assert loads('{"a":{"b":2}}', object_hook=lambda d: ("h", d)) == ("h", {"a": ("h", {"b": 2})})
    hooks = {"parse_float": str, "parse_int": lambda s: "i" + s, "parse_constant": lambda s: "c" + s}
    assert loads("[1.5,2,NaN]", **hooks) == ["1.5", "i2", "cNaN"]


def test_errors():
    cases = {
        "[": "Expecting value: line 1 column 2 (char 1)",
        "[1": "Expecting ',' delimiter: line 1 column 3 (char 2)",
        "[1,]": "Illegal trailing comma before end of array: line 1 column 3 (char 2)",
        '{"a"': "Expecting ':' delimiter: line 1 column 5 (char 4)",
        '{"a":1,}': "Illegal trailing comma before end of object: line 1 column 7 (char 6)",
        "{1:2}": "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        "\n-": "Expecting value: line 2 column 1 (char 1)",
        "01": "Extra data: line 1 column 2 (char 1)",
        "1.5e+": "Extra data: line 1 column 4 (char 3)",
        '"abc': "Unterminated string starting at: line 1 column 1 (char 0)",
        '"a\nc"': "Invalid control character at: line 1 column 3 (char 2)",
        '"a\\qc"': "Invalid \\escape: line 1 column 3 (char 2)",
        '"a\\u12zz"': "Invalid \\uXXXX escape: line 1 column 4 (char 3)",
    }
    for text, message in cases.items():
        error = raises(json.JSONDecodeError, lambda: json.loads(text), message)
        assert error.doc == text
    raises(ValueError, lambda: json.loads("1" * 5000))


class Odd(int):
    def __repr__(self):
        return "odd"


class Text(str):
    pass


def test_writing():
    dumps = json.dumps
    value = [1, 2.5, None, True, 'a\u20ac"\\\n\x7f\U0001f600', {"a": 1, 2: 3, None: 4, True: 5, 1.5: 6}, (), {}, 10**30]
    assert dumps(value) == (
        '[1, 2.5, null, true, "a\\u20ac\\"\\\\\\n\\u007f\\ud83d\\ude00", {"a": 1, "2": 3, "null": 4, "true": 5, "1.5": 6}, '
        "[], {}, 1000000000000000000000000000000]"
    )
    assert dumps('a\u20ac"\x01', ensure_ascii=False) == '"a\u20ac\\"\\u0001"'
    assert dumps([Odd(5), Text("x"), {Odd(6): 1}]) == '[5, "x", {"6": 1}]'
    assert dumps({"b": 1, "a": 2}, sort_keys=True, separators=(",", ":")) == '{"a":2,"b":1}'
    assert dumps({"a": [1, {"b": 3}], "c": {}}, indent=2) == '{\n  "a": [\n    1,\n    {\n      "b": 3\n    }\n  ],\n  "c": {}\n}'
    assert dumps([math.nan, math.inf, -math.inf]) == "[NaN, Infinity, -Infinity]"
    assert dumps({(1, 2): 3, "a": 1}, skipkeys=True) == '{"a": 1}'
    assert dumps([object()], default=lambda o: "x") == '["x"]'
    assert json.loads(dumps(value)) == [1, 2.5, None, True, value[4], {"a": 1, "2": 3, "null": 4, "true": 5, "1.5": 6}, [], {}, 10**30]
    raises(TypeError, lambda: dumps({(1, 2): 3}), "keys must be str, int, float, bool or None, not tuple")
    raises(ValueError, lambda: dumps([math.nan], allow_nan=False), "Out of range float values are not JSON compliant: nan")
    error = raises(TypeError, lambda: dumps([1, {"a": [object()]}]), "Object of type object is not JSON serializable")
    assert error.__notes__ == [
        "when serializing list item 0",
        "when serializing dict item 'a'",
        "when serializing list item 1",
    ]
    circle = []
    circle.append(circle)
    raises(ValueError, lambda: dumps(circle), "Circular reference detected")
    circle = {}
    circle["a"] = circle
    raises(ValueError, lambda: dumps(circle), "Circular reference detected")


test_reading()
test_errors()
test_writing()
print("ok")
