x: int = 1
y: str
obj.attr: int = 2
obj[0]: int
(z): int = 3
if x:
    w: float = 1.0


class C:
    a: int = 1
    b: "C"
    if x:
        c: int


def f(p: int, /, q: str = "", *args: *Ts, k: bool = True, **kw: dict) -> None:
    local: undefined = 1


type Alias = list[int]
type Generic[T: int, *Ts, **P] = dict[T, P]


def generic[T: (int, str) = int](x: T = None, *, y=1) -> T:
    return x


class Box[T](Base, metaclass=Meta):
    item: T

    def get[U](self, default: U) -> T | U:
        return self.item
