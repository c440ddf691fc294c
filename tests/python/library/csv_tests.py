"""csv: dialects, reading, writing."""

import csv
import io


def raises(kind, action, message=None):
    try:
        action()
    except kind as error:
        assert message is None or str(error) == message, str(error)
    else:
        raise AssertionError(f"{kind.__name__} expected")


def read(text, **options):
    return list(csv.reader(io.StringIO(text, newline="") if isinstance(text, str) else text, **options))


def write(*rows, **options):
    out = io.StringIO(newline="")
    csv.writer(out, **options).writerows(rows)
    return out.getvalue()


def test_reading():
    assert read("a,b,c\r\nd,e,f\n\ng") == [["a", "b", "c"], ["d", "e", "f"], [], ["g"]]
    assert read('a,"b ""x"" y",c') == [["a", 'b "x" y', "c"]]
    assert read('a,"b\nc",d\n') == [["a", "b\nc", "d"]] and read(['a,"b\n', 'c"']) == [["a", "b\nc"]]
    assert read('a,"b') == [["a", "b"]] and read('a,"b"c,d') == [["a", "bc", "d"]]
    assert read("a\\,b,c", escapechar="\\") == [["a,b", "c"]] and read(["a\\", "b"], escapechar="\\") == [["a\nb"]]
    assert read('1,2.5,"x",,""', quoting=csv.QUOTE_NONNUMERIC) == [[1.0, 2.5, "x", "", ""]]
    assert read('1,2.5,"x",,""', quoting=csv.QUOTE_STRINGS) == [[1.0, 2.5, "x", None, ""]]
    assert read('1,2.5,"x",,""', quoting=csv.QUOTE_NOTNULL) == [["1", "2.5", "x", None, ""]]
    assert read('a, "b",  c', skipinitialspace=True) == [["a", "b", "c"]] and read('"a",b', quoting=3) == [['"a"', "b"]]
    assert read("\0,\u20ac,\U0001f600x") == [["\0", "\u20ac", "\U0001f600x"]] and read("") == []
    assert read("a\tb", dialect="excel-tab") == [["a", "b"]]
    raises(csv.Error, lambda: read('a,"b', strict=True), "unexpected end of data")
    raises(csv.Error, lambda: read('a,"b"c,d', strict=True), "',' expected after '\"'")
    raises(csv.Error, lambda: read([b"a"]), "iterator should return strings, not bytes (the file should be opened in text mode)")
    raises(csv.Error, lambda: read(["a\rb,c"]))
    reader = csv.reader(["a", '"b', 'c"'])
    assert next(reader) == ["a"] and next(reader) == ["bc"] and reader.line_num == 3 and reader.dialect.delimiter == ","
    limit = csv.field_size_limit(5)
    raises(csv.Error, lambda: read("abcdef,g"), "field larger than field limit (5)")
    assert csv.field_size_limit(limit) == 5


def test_writing():
    assert write([1, "a", None, 2.5, "x,y", 'x"y', "x\ny"]) == '1,a,,2.5,"x,y","x""y","x\ny"\r\n'
    row = [1, "a", None, 2.5, ""]
    assert write(row, quoting=csv.QUOTE_ALL) == '"1","a","","2.5",""\r\n'
    assert write(row, quoting=csv.QUOTE_NONNUMERIC) == '1,"a","",2.5,""\r\n'
    assert write(row, quoting=csv.QUOTE_STRINGS) == '1,"a",,2.5,""\r\n'
    assert write(row, quoting=csv.QUOTE_NOTNULL) == '"1","a",,"2.5",""\r\n'
    assert write(['a,"\n\\'], quoting=csv.QUOTE_NONE, escapechar="\\") == 'a\\,\\"\\\n\\\\\r\n'
    assert write(['a"b\\c'], doublequote=False, escapechar="\\") == 'a\\"b\\\\c\r\n'
    assert write([""]) == '""\r\n' and write([]) == "\r\n" and write(["", ""], lineterminator="!") == ",!"
    assert write(["", 1], delimiter=" ", skipinitialspace=True) == '"" 1\r\n'
    raises(csv.Error, lambda: write(["a,"], quoting=csv.QUOTE_NONE), "need to escape, but no escapechar set")
    raises(csv.Error, lambda: write([None], quoting=csv.QUOTE_NOTNULL), "single empty field record must be quoted")
    raises(csv.Error, lambda: write(5), "iterable expected, not int")
    raises(TypeError, lambda: csv.writer(5), 'argument 1 must have a "write" method')
    assert csv.writer(io.StringIO()).writerow(["ab"]) == 4


def test_dialects():
    class Semicolons:
        delimiter = ";"
        quotechar = "'"

    assert read("a;'b;c'", dialect=Semicolons) == [["a", "b;c"]]
    csv.register_dialect("colons", "excel", delimiter=":")
    assert csv.get_dialect("colons").delimiter == ":" and "colons" in csv.list_dialects()
    assert read("a:b", dialect="colons") == [["a", "b"]]
    csv.unregister_dialect("colons")
    raises(csv.Error, lambda: csv.get_dialect("colons"), "unknown dialect")
    raises(TypeError, lambda: csv.reader([], delimiter="ab"), '"delimiter" must be a unicode character, not a string of length 2')
    raises(TypeError, lambda: csv.reader([], quoting=7), 'bad "quoting" value')
    raises(ValueError, lambda: csv.reader([], delimiter='"'), "bad delimiter or quotechar value")
    raises(TypeError, lambda: csv.reader([], foo=1), "this function got an unexpected keyword argument 'foo'")
    assert csv.Sniffer().sniff("a;b;c\n1;2;3\n").delimiter == ";"


def test_dicts():
    text = "a,b\r\n1,2\r\n3,\r\n"
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert rows == [{"a": "1", "b": "2"}, {"a": "3", "b": ""}]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, ["a", "b"])
    writer.writeheader()
    writer.writerows(rows)
    assert out.getvalue() == text


test_reading()
test_writing()
test_dialects()
test_dicts()
print("ok")
