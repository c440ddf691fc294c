//! Numbers of the operations, positions and categories in a code list, as `re/_constants.py` assigns them.
//!
//! Source: CPython 3.14 `Lib/re/_constants.py`.

/// The version of the code list format; `re/_compiler.py` compares it with `_constants.MAGIC`.
pub const MAGIC: u32 = 20230612;

/// "No upper limit" in a repeat.
pub const MAXREPEAT: u32 = u32::MAX;

/// The largest number of groups that `_sre` announces (`_sre.MAXGROUPS`).
pub const MAXGROUPS: u32 = 1_073_741_823;

macro_rules! number {
    ($type:ty: $($name:ident)*) => { number!(@ $type, 0, $($name)*); };
    (@ $type:ty, $value:expr, $name:ident $($rest:ident)*) => {
        pub(crate) const $name: $type = $value;
        number!(@ $type, $value + 1, $($rest)*);
    };
    (@ $type:ty, $value:expr,) => {};
}

/// The operations.
#[allow(dead_code)]
pub(crate) mod op {
    number! { u32:
        FAILURE SUCCESS ANY ANY_ALL ASSERT ASSERT_NOT AT BRANCH CATEGORY CHARSET BIGCHARSET GROUPREF GROUPREF_EXISTS
        IN INFO JUMP LITERAL MARK MAX_UNTIL MIN_UNTIL NOT_LITERAL NEGATE RANGE REPEAT REPEAT_ONE SUBPATTERN
        MIN_REPEAT_ONE ATOMIC_GROUP POSSESSIVE_REPEAT POSSESSIVE_REPEAT_ONE
        GROUPREF_IGNORE IN_IGNORE LITERAL_IGNORE NOT_LITERAL_IGNORE
        GROUPREF_LOC_IGNORE IN_LOC_IGNORE LITERAL_LOC_IGNORE NOT_LITERAL_LOC_IGNORE
        GROUPREF_UNI_IGNORE IN_UNI_IGNORE LITERAL_UNI_IGNORE NOT_LITERAL_UNI_IGNORE RANGE_UNI_IGNORE
    }
}

/// The zero-width positions that `AT` names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum At {
    Beginning,
    BeginningLine,
    BeginningString,
    Boundary,
    NonBoundary,
    End,
    EndLine,
    EndString,
    LocBoundary,
    LocNonBoundary,
    UniBoundary,
    UniNonBoundary,
}

impl At {
    /// The position with this number in the code list.
    pub(crate) fn from_code(code: u32) -> Option<At> {
        use At::*;
        const ALL: [At; 12] = [
            Beginning,
            BeginningLine,
            BeginningString,
            Boundary,
            NonBoundary,
            End,
            EndLine,
            EndString,
            LocBoundary,
            LocNonBoundary,
            UniBoundary,
            UniNonBoundary,
        ];
        ALL.get(code as usize).copied()
    }
}
