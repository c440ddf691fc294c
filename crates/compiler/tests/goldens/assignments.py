x = y = 1
a, b = b, a
a, b, c = c, b, a
first, *rest, last = items
[p, (q, r)] = nested
obj.attr = 1
obj[key] = 2
obj[i:j] = 3
obj[1:2] = 4
obj[i:j:k] = 5
x += 1
obj.attr -= 2
obj[key] *= 3
obj[i:j] //= 4
x @= y
del x, obj.attr, obj[key], obj[i:j], (a, [b])
(n := 10)
