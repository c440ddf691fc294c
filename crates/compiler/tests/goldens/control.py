if a:
    x
elif b and not c or d:
    y
else:
    z

while a < b < c:
    if d:
        continue
    if e:
        break
else:
    f

for i in range(10):
    if i:
        break
    continue
else:
    done

for x, *y in z:
    pass

while True:
    pass

while 0:
    never

if 1:
    always
if "":
    never
assert a, "message"
assert b
x = a if b else c
x = a and b or c
x = not a
x = a is None
x = a is not None
if a is None:
    x
if not a is None:
    y
if a not in b:
    x
pass
raise
raise a
raise a from b


def f():
    for x in y:
        with z:
            return x
    while a:
        try:
            if b:
                continue
            break
        finally:
            c
    return
