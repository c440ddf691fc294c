"""Strings: every method, slicing, comparison, kinds of code points, surrogates."""





for _name, _test in list(globals().items()):
    if _name.startswith("test_"):
        _test()
print("ok")
