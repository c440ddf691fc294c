async def coroutine():
    await x
    async for a in b:
        if c:
            break
        continue
    else:
        d
    async with e as f, g:
        return 1
    return [x async for x in y if await z], {k: v async for k, v in y}, {await a for a in b}


async def generator():
    yield 1
    x = yield
    async for y in (z async for z in w):
        yield y
    try:
        yield 2
    finally:
        await cleanup()


async def method_call():
    return obj.method(await a, b)
