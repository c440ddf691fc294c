class Empty:
    pass


class Derived(Base, *mixins, metaclass=Meta, **kwargs):
    """Docstring.

    Indented.
    """

    __slots__ = ("a", "__private")
    x = 1
    y = [x for x in range(3)]

    def __init__(self):
        super().__init__()
        self.a = self.__private = 1
        self.b: int = 2

    @property
    def cls(self):
        return __class__

    @classmethod
    def make(cls):
        return super(Derived, cls).make

    def free(self):
        return [lambda: self for _ in y]


def f():
    n = 1

    class Local:
        n = n
        m = n

        class Inner:
            k = n
