try:
    a
except ValueError:
    b
except (TypeError, KeyError) as e:
    c
except:
    d
else:
    f
finally:
    g

try:
    a
finally:
    b

try:
    a
except* ValueError as eg:
    b
except* TypeError:
    c
else:
    d
finally:
    f


def f():
    try:
        return 1
    except E as e:
        return e
    finally:
        x


def g():
    for x in y:
        try:
            continue
        except E as e:
            break
        finally:
            z


with a:
    b

with a as b, c() as (d, e):
    f


def h():
    with a as b:
        return b
