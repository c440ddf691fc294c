def f(x):
    match x:
        case 1 | 2 | -3 | 1 + 2j | "s" | b"b":
            a
        case None | True:
            b
        case [1, y, *_]:
            return y
        case [first, *rest, last]:
            return rest
        case []:
            c
        case {"k": v, 1: 2, **others}:
            return v, others
        case {}:
            d
        case Point(x=0, y=yy) | Point(yy, 0):
            return yy
        case C():
            e
        case module.attr:
            g
        case (a, [b, c] as d) if a > b:
            return c, d
        case str() as s:
            return s
        case _:
            default


match x:
    case y:
        pass

match x, z:
    case (1, _):
        pass
