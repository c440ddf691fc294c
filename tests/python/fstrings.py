"""f-strings and template strings: nesting, conversions, debug form, errors."""

from string.templatelib import Interpolation, Template


def raises(kind, function, *args, **kwargs):
    """The exception that the call raises, which must be of that kind."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} not raised")


def message(kind, function, *args, **kwargs):
    return str(raises(kind, function, *args, **kwargs))


class Shown:
    def __repr__(self):
        return "R"

    def __str__(self):
        return "S"

    def __format__(self, spec):
        return f"F({spec})"


def test_fields():
    x, name, obj = 5, "ab", Shown()
    assert f"{x}" == "5" and f"a{x}b{name}c" == "a5babc" and f"{{{x}}}" == "{5}" and f"{x!r}" == "5" and f"{obj}" == "F()" and f"{obj!r}" == "R" and f"{obj!s}" == "S" and f"{obj:spec}" == "F(spec)" and f"{obj!r:>3}" == "  R" and f"{name!a}" == "'ab'"
    assert f"{x + 1}" == "6" and f"{[i for i in range(3)]}" == "[0, 1, 2]" and f"{(lambda y: y * 2)(3)}" == "6" and f"{ {'a': 1}['a'] }" == "1" and f"{x if x > 3 else 0}" == "5" and f"{name[0]}{name[1:]}" == "ab"
    assert f"{x:{x}}" == "    5" and f"{x:{'0'}{x}}" == "00005" and f"{3.14159:.{x - 3}f}" == "3.14" and f"{name:*^{x + 1}}" == "**ab**" and f"{obj:{name}!}" == "F(ab!)"
    assert f"{x=}" == "x=5" and f"{x = }" == "x = 5" and f"{x=!s}" == "x=5" and f"{name=}" == "name='ab'" and f"{x=:>3}" == "x=  5" and f"{name = !s:>4}" == "name =   ab" and f"{x+1=}" == "x+1=6"
    assert f"{'a' 'b'}" == "ab" and f"{"nested"}" == "nested" and f"{f"{f"{x}"}"}" == "5" and f'{name + "\n"}' == "ab\n" and f"""{
        x  # a comment
    }""" == "5"
    assert rf"\n{x}" == "\\n5" and fr"{x}\d" == "5\\d" and "a" f"{x}" "b" == "a5b" and f"" == "" and f"no fields" == "no fields" and f"\N{BULLET}{x}" == "•5" and f"{x!r:{'>'}{4}}" == "   5" and f"\x41{x}" == "A5"
    assert f"{(y := 3)}" == "3" and y == 3 and f"{x:=+5}" == "+   5" and f"{x,}" == "(5,)" and f"{*[1, 2],}" == "(1, 2)" and f"{x:%}" == "500.000000%" and f"{None}{True}" == "NoneTrue" and f"{x!s:5}|" == "5    |"


def test_evaluation_order_and_errors():
    seen = []

    def log(value):
        seen.append(value)
        return value

    assert f"{log(1)}{log(2):{log(3)}}{log(4)}" == "1  24" and seen == [1, 2, 3, 4]
    assert message(ValueError, lambda: f"{5:q}") == "Unknown format code 'q' for object of type 'int'"

    class Bad:
        def __format__(self, spec):
            return 5

    assert message(TypeError, lambda: f"{Bad()}") == "__format__ must return a str, not int"
    for text, problem in (('f"{}"', "f-string: valid expression required before '}'"), ('f"{a"', "f-string: expecting '}'"), ('f"}"', "f-string: single '}' is not allowed"),
                          ('f"{a!x}"', "f-string: invalid conversion character 'x': expected 's', 'r', or 'a'"), ('f"{a b}"', "invalid syntax. Perhaps you forgot a comma?"),
                          ('f"{!r}"', "f-string: valid expression required before '!'"), ('f"{a:{b}"', "f-string: expecting '}', or format specs")):
        error = raises(SyntaxError, compile, text, "x", "eval")
        assert error.msg == problem, (text, error.msg)


def test_format_calls():
    assert format(5, "03") == "005" and format("a") == "a" and format(Shown(), "x") == "F(x)" and format(None) == "None"
    assert message(TypeError, format, None, "5") == "unsupported format string passed to NoneType.__format__"
    assert message(TypeError, format, 5, 5) == "format() argument 2 must be str, not int"

    class Plain:
        def __str__(self):
            return "plain"

    assert format(Plain()) == "plain" and f"{Plain()}" == "plain"


def test_templates():
    x, name = 5, "ab"
    t = t"a{x}b{name!r:>4}c"
    assert type(t) is Template and t.strings == ("a", "b", "c") and t.values == (5, "ab")
    first, second = t.interpolations
    assert type(first) is Interpolation and (first.value, first.expression, first.conversion, first.format_spec) == (5, "x", None, "")
    assert (second.value, second.expression, second.conversion, second.format_spec) == ("ab", "name", "r", ">4")
    assert list(t) == ["a", first, "b", second, "c"] and t"".strings == ("",) and t"".interpolations == () and len(list(t"{x}{x}")) == 2 and t"{x}{x}".strings == ("", "", "")
    joined = t"a{x}" + t"b{name}"
    assert joined.strings == ("a", "b", "") and joined.values == (5, "ab")
    assert t"{x:{name}}".interpolations[0].format_spec == "ab" and t"{x=}".strings == ("x=", "") and t"{x=}".interpolations[0].conversion == "r"
    assert (t"a" t"{x}").strings == ("a", "") and rt"\n{x}".strings == ("\\n", "")
    assert repr(t"a{x}") == "Template(strings=('a', ''), interpolations=(Interpolation(5, 'x', None, ''),))"
    assert message(TypeError, lambda: t"a" + "b") == 'can only concatenate string.templatelib.Template (not "str") to string.templatelib.Template'
    match first:
        case Interpolation(value, expression, conversion, spec):
            assert (value, expression, conversion, spec) == (5, "x", None, "")
    built = Template("a", Interpolation(1, "one"), "b", "c")
    assert built.strings == ("a", "bc") and built.values == (1,)
    assert t" { x + 1 } ".interpolations[0].expression == " x + 1 "


for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
