"""The listings of the dis module, against those of CPython 3.14."""

import dis
import io

SOURCE = """\
def shown(a, *b, c=1):
    try:
        with a as d:
            return [x + c for x in b if x] or {**d, "k": f"{a!r:>5}"}
    except* ValueError as e:
        raise KeyError from e
    finally:
        del a


class Class[T]:
    x: T = __debug__ and -1

    def method(self):
        yield from self.items[1:2]
        return super().method
"""

LISTING = """\
   1            RESUME                   0

   2            NOP

   3    L1:     LOAD_FAST                0 (a)
                COPY                     1
                LOAD_SPECIAL             1 (__exit__)
                SWAP                     2
                SWAP                     3
                LOAD_SPECIAL             0 (__enter__)
                CALL                     0
        L2:     STORE_FAST               3 (d)

   4            LOAD_FAST_BORROW         2 (b)
                GET_ITER
                LOAD_FAST_AND_CLEAR      4 (x)
                SWAP                     2
        L3:     BUILD_LIST               0
                SWAP                     2
        L4:     FOR_ITER                20 (to L7)
                STORE_FAST_LOAD_FAST    68 (x, x)
                TO_BOOL
        L5:     POP_JUMP_IF_TRUE         3 (to L6)
                NOT_TAKEN
                JUMP_BACKWARD           12 (to L4)
        L6:     LOAD_FAST_BORROW_LOAD_FAST_BORROW 65 (x, c)
                BINARY_OP                0 (+)
                LIST_APPEND              2
                JUMP_BACKWARD           22 (to L4)
        L7:     END_FOR
                POP_ITER
        L8:     SWAP                     2
                STORE_FAST               4 (x)
                COPY                     1
                TO_BOOL
                POP_JUMP_IF_TRUE        12 (to L11)
        L9:     NOT_TAKEN
       L10:     POP_TOP
                BUILD_MAP                0
                LOAD_FAST_BORROW         3 (d)
                DICT_UPDATE              1
                LOAD_CONST               0 ('k')
                LOAD_FAST_BORROW         0 (a)
                CONVERT_VALUE            2 (repr)
                LOAD_CONST               1 ('>5')
                FORMAT_WITH_SPEC
                BUILD_MAP                1
                DICT_UPDATE              1

   3   L11:     SWAP                     3
                SWAP                     2
                LOAD_CONST               2 (None)
                LOAD_CONST               2 (None)
                LOAD_CONST               2 (None)
                CALL                     3
                POP_TOP

   8   L12:     DELETE_FAST              0 (a)
                RETURN_VALUE

  --   L13:     SWAP                     2
                POP_TOP

   4            SWAP                     2
                STORE_FAST               4 (x)
                RERAISE                  0

   3   L14:     PUSH_EXC_INFO
                WITH_EXCEPT_START
                TO_BOOL
                POP_JUMP_IF_TRUE         2 (to L15)
                NOT_TAKEN
                RERAISE                  2
       L15:     POP_TOP
       L16:     POP_EXCEPT
                POP_TOP
                POP_TOP
                POP_TOP
       L17:     JUMP_FORWARD            47 (to L29)

  --   L18:     COPY                     3
                POP_EXCEPT
                RERAISE                  1
       L19:     PUSH_EXC_INFO

   5            BUILD_LIST               0
                COPY                     2
                LOAD_GLOBAL              0 (ValueError)
                CHECK_EG_MATCH
                COPY                     1
                POP_JUMP_IF_NONE        16 (to L22)
                NOT_TAKEN
                STORE_FAST               5 (e)

   6   L20:     LOAD_GLOBAL              2 (KeyError)
                LOAD_FAST                5 (e)
                RAISE_VARARGS            2

  --   L21:     LOAD_CONST               2 (None)
                STORE_FAST               5 (e)
                DELETE_FAST              5 (e)
                LIST_APPEND              3
                POP_TOP
                LIST_APPEND              1
                JUMP_FORWARD             2 (to L23)

   5   L22:     POP_TOP
                LIST_APPEND              1

  --   L23:     CALL_INTRINSIC_2         1 (INTRINSIC_PREP_RERAISE_STAR)
                COPY                     1
                POP_JUMP_IF_NOT_NONE     4 (to L27)
       L24:     NOT_TAKEN
       L25:     POP_TOP
       L26:     POP_EXCEPT
                JUMP_FORWARD             6 (to L29)
       L27:     SWAP                     2
                POP_EXCEPT
                RERAISE                  0
       L28:     COPY                     3
                POP_EXCEPT
                RERAISE                  1

   8   L29:     DELETE_FAST              0 (a)
                LOAD_CONST               2 (None)
                RETURN_VALUE

  --   L30:     PUSH_EXC_INFO

   8            DELETE_FAST              0 (a)
                RERAISE                  0

  --   L31:     COPY                     3
                POP_EXCEPT
                RERAISE                  1
ExceptionTable:
  L1 to L2 -> L19 [0]
  L2 to L3 -> L14 [2] lasti
  L3 to L5 -> L13 [4]
  L6 to L8 -> L13 [4]
  L8 to L9 -> L14 [2] lasti
  L10 to L11 -> L14 [2] lasti
  L11 to L12 -> L19 [0]
  L13 to L14 -> L14 [2] lasti
  L14 to L16 -> L18 [4] lasti
  L16 to L17 -> L19 [0]
  L17 to L18 -> L30 [0]
  L18 to L19 -> L19 [0]
  L19 to L20 -> L28 [1] lasti
  L20 to L21 -> L21 [4] lasti
  L21 to L24 -> L28 [1] lasti
  L25 to L26 -> L28 [1] lasti
  L26 to L29 -> L30 [0]
  L30 to L31 -> L31 [1] lasti
  --           COPY_FREE_VARS           1

  14           RETURN_GENERATOR
               POP_TOP
       L1:     RESUME                   0

  15           LOAD_FAST_BORROW         0 (self)
               LOAD_ATTR                0 (items)
               LOAD_CONST               0 (slice(1, 2, None))
               BINARY_OP               26 ([])
               GET_YIELD_FROM_ITER
               LOAD_CONST               1 (None)
       L2:     SEND                     3 (to L5)
       L3:     YIELD_VALUE              1
       L4:     RESUME                   2
               JUMP_BACKWARD_NO_INTERRUPT 5 (to L2)
       L5:     END_SEND
               POP_TOP

  16           LOAD_GLOBAL              2 (super)
               LOAD_DEREF               1 (__class__)
               LOAD_FAST_BORROW         0 (self)
               LOAD_SUPER_ATTR          8 (method)
               RETURN_VALUE

  15   L6:     CLEANUP_THROW
       L7:     JUMP_BACKWARD_NO_INTERRUPT 14 (to L5)

  --   L8:     CALL_INTRINSIC_1         3 (INTRINSIC_STOPITERATION_ERROR)
               RERAISE                  1
ExceptionTable:
  L1 to L3 -> L8 [0] lasti
  L3 to L4 -> L6 [2]
  L4 to L7 -> L8 [0] lasti
"""


def test_listing():
    names = {}
    exec(compile(SOURCE, "shown", "exec"), names)
    out = io.StringIO()
    dis.dis(names["shown"], file=out)
    dis.dis(names["Class"].method, file=out)
    assert out.getvalue() == LISTING, out.getvalue()


def test_instructions():
    code = compile("for x in y: print(x, end=1)", "", "exec")
    names = [instruction.opname for instruction in dis.get_instructions(code)]
    assert names == [
        "RESUME", "LOAD_NAME", "GET_ITER", "FOR_ITER", "STORE_NAME", "LOAD_NAME", "PUSH_NULL", "LOAD_NAME",
        "LOAD_SMALL_INT", "LOAD_CONST", "CALL_KW", "POP_TOP", "JUMP_BACKWARD", "END_FOR", "POP_ITER", "LOAD_CONST",
        "RETURN_VALUE",
    ], names
    assert dis.stack_effect(dis.opmap["BUILD_LIST"], 3) == -2
    assert [line for _, line in dis.findlinestarts(code)][-1] == 1


test_listing()
test_instructions()
print("ok")
