//! The exception types, from the table below.

use super::{Fields, basic, groups, os_error, syntax_error, unicode_error};
use crate::builtin_type;
use crate::prelude::*;

/// `NAME "name": BASE, fields, doc, spec to start from;` for each type, bases first.
macro_rules! exceptions {
    ($($name:ident $python:literal: $base:ident, $n:literal, $doc:literal $(, $spec:expr)?;)*) => {
        builtin_type! { pub static BASE_EXCEPTION = super::BASE_SPEC }
        $(builtin_type! {
            pub static $name = TypeSpec {
                name: $python,
                base: Some(&$base),
                doc: $doc,
                ..exceptions!(@spec $n $(, $spec)?)
            }
        })*
        /// All exception types but `ExceptionGroup`, bases first.
        pub static ALL: &[&Type] = &[&BASE_EXCEPTION, $(&$name),*];
    };
    (@spec $n:literal, $spec:expr) => { $spec };
    (@spec $n:literal) => { inherited::<$n>() };
}

/// A type that takes everything but its memory slots from its base.
const fn inherited<const N: usize>() -> TypeSpec {
    let slots = Slots { new: None, init: None, ..Fields::<N>::SLOTS };
    TypeSpec { slots, ..Fields::<N>::SPEC }
}

exceptions! {
    EXCEPTION "Exception": BASE_EXCEPTION, 0, "Base class of all exceptions that do not ask the program to end.";
    GENERATOR_EXIT "GeneratorExit": BASE_EXCEPTION, 0, "Asks a generator to finish.";
    KEYBOARD_INTERRUPT "KeyboardInterrupt": BASE_EXCEPTION, 0, "The user interrupted the program.";
    SYSTEM_EXIT "SystemExit": BASE_EXCEPTION, 1, "Asks the interpreter to end.", basic::SYSTEM_EXIT_SPEC;
    BASE_EXCEPTION_GROUP "BaseExceptionGroup": BASE_EXCEPTION, 3, "Several unrelated exceptions in one.", groups::SPEC;
    STOP_ITERATION "StopIteration": EXCEPTION, 1, "The end of an iterator.", basic::STOP_ITERATION_SPEC;
    STOP_ASYNC_ITERATION "StopAsyncIteration": EXCEPTION, 0, "The end of an asynchronous iterator.";
    ARITHMETIC_ERROR "ArithmeticError": EXCEPTION, 0, "Base class of arithmetic errors.";
    FLOATING_POINT_ERROR "FloatingPointError": ARITHMETIC_ERROR, 0, "A floating-point operation failed.";
    OVERFLOW_ERROR "OverflowError": ARITHMETIC_ERROR, 0, "A result is too large.";
    ZERO_DIVISION_ERROR "ZeroDivisionError": ARITHMETIC_ERROR, 0, "Division or modulo by zero.";
    ASSERTION_ERROR "AssertionError": EXCEPTION, 0, "An assertion failed.";
    ATTRIBUTE_ERROR "AttributeError": EXCEPTION, 2, "An attribute was not found.", basic::ATTRIBUTE_ERROR_SPEC;
    BUFFER_ERROR "BufferError": EXCEPTION, 0, "A buffer operation failed.";
    EOF_ERROR "EOFError": EXCEPTION, 0, "Input ended.";
    IMPORT_ERROR "ImportError": EXCEPTION, 4, "A module, or a name in it, cannot be imported.", basic::IMPORT_ERROR_SPEC;
    MODULE_NOT_FOUND_ERROR "ModuleNotFoundError": IMPORT_ERROR, 4, "A module was not found.";
    LOOKUP_ERROR "LookupError": EXCEPTION, 0, "Base class of lookup errors.";
    INDEX_ERROR "IndexError": LOOKUP_ERROR, 0, "A sequence index is out of range.";
    KEY_ERROR "KeyError": LOOKUP_ERROR, 0, "A mapping has no such key.", basic::KEY_ERROR_SPEC;
    MEMORY_ERROR "MemoryError": EXCEPTION, 0, "Out of memory.";
    NAME_ERROR "NameError": EXCEPTION, 1, "A global name was not found.", basic::NAME_ERROR_SPEC;
    UNBOUND_LOCAL_ERROR "UnboundLocalError": NAME_ERROR, 1, "A local name has no value.";
    OS_ERROR "OSError": EXCEPTION, 5, "Base class of errors of the operating system.", os_error::SPEC;
    BLOCKING_IO_ERROR "BlockingIOError": OS_ERROR, 5, "The operation would block.";
    CHILD_PROCESS_ERROR "ChildProcessError": OS_ERROR, 5, "A child process failed.";
    CONNECTION_ERROR "ConnectionError": OS_ERROR, 5, "Base class of connection errors.";
    BROKEN_PIPE_ERROR "BrokenPipeError": CONNECTION_ERROR, 5, "The other end is closed.";
    CONNECTION_ABORTED_ERROR "ConnectionAbortedError": CONNECTION_ERROR, 5, "The peer aborted the attempt.";
    CONNECTION_REFUSED_ERROR "ConnectionRefusedError": CONNECTION_ERROR, 5, "The peer refused the attempt.";
    CONNECTION_RESET_ERROR "ConnectionResetError": CONNECTION_ERROR, 5, "The peer reset the connection.";
    FILE_EXISTS_ERROR "FileExistsError": OS_ERROR, 5, "The file exists already.";
    FILE_NOT_FOUND_ERROR "FileNotFoundError": OS_ERROR, 5, "There is no such file.";
    INTERRUPTED_ERROR "InterruptedError": OS_ERROR, 5, "A signal interrupted the call.";
    IS_A_DIRECTORY_ERROR "IsADirectoryError": OS_ERROR, 5, "Not possible on a directory.";
    NOT_A_DIRECTORY_ERROR "NotADirectoryError": OS_ERROR, 5, "Only possible on a directory.";
    PERMISSION_ERROR "PermissionError": OS_ERROR, 5, "Not permitted.";
    PROCESS_LOOKUP_ERROR "ProcessLookupError": OS_ERROR, 5, "There is no such process.";
    TIMEOUT_ERROR "TimeoutError": OS_ERROR, 5, "Time ran out.";
    REFERENCE_ERROR "ReferenceError": EXCEPTION, 0, "A weak proxy was used after its object died.";
    RUNTIME_ERROR "RuntimeError": EXCEPTION, 0, "An error of no other category.";
    NOT_IMPLEMENTED_ERROR "NotImplementedError": RUNTIME_ERROR, 0, "A method is not implemented.";
    PYTHON_FINALIZATION_ERROR "PythonFinalizationError": RUNTIME_ERROR, 0, "Not possible while the interpreter ends.";
    RECURSION_ERROR "RecursionError": RUNTIME_ERROR, 0, "Recursion is too deep.";
    SYNTAX_ERROR "SyntaxError": EXCEPTION, 9, "Invalid syntax.", syntax_error::SPEC;
    INDENTATION_ERROR "IndentationError": SYNTAX_ERROR, 9, "Wrong indentation.";
    TAB_ERROR "TabError": INDENTATION_ERROR, 9, "Tabs and spaces are mixed in a way that is not clear.";
    INCOMPLETE_INPUT_ERROR "_IncompleteInputError": SYNTAX_ERROR, 9, "The input is not complete.";
    SYSTEM_ERROR "SystemError": EXCEPTION, 0, "An internal error of the interpreter. Please report it, with the program.";
    TYPE_ERROR "TypeError": EXCEPTION, 0, "An argument has the wrong type.";
    VALUE_ERROR "ValueError": EXCEPTION, 0, "An argument has the right type and a wrong value.";
    UNICODE_ERROR "UnicodeError": VALUE_ERROR, 0, "An error of text encoding.";
    UNICODE_DECODE_ERROR "UnicodeDecodeError": UNICODE_ERROR, 5, "Bytes cannot be decoded.", unicode_error::DECODE_SPEC;
    UNICODE_ENCODE_ERROR "UnicodeEncodeError": UNICODE_ERROR, 5, "Text cannot be encoded.", unicode_error::ENCODE_SPEC;
    UNICODE_TRANSLATE_ERROR "UnicodeTranslateError": UNICODE_ERROR, 5, "Text cannot be translated.", unicode_error::TRANSLATE_SPEC;
    WARNING "Warning": EXCEPTION, 0, "Base class of warnings.";
    BYTES_WARNING "BytesWarning": WARNING, 0, "Doubtful use of bytes, as in comparisons with text.";
    DEPRECATION_WARNING "DeprecationWarning": WARNING, 0, "A feature is deprecated.";
    ENCODING_WARNING "EncodingWarning": WARNING, 0, "An encoding is doubtful.";
    FUTURE_WARNING "FutureWarning": WARNING, 0, "A construct will change its meaning.";
    IMPORT_WARNING "ImportWarning": WARNING, 0, "An import is probably wrong.";
    PENDING_DEPRECATION_WARNING "PendingDeprecationWarning": WARNING, 0, "A feature will be deprecated.";
    RESOURCE_WARNING "ResourceWarning": WARNING, 0, "A resource is used wastefully.";
    RUNTIME_WARNING "RuntimeWarning": WARNING, 0, "Doubtful behaviour at run time.";
    SYNTAX_WARNING "SyntaxWarning": WARNING, 0, "Doubtful syntax.";
    UNICODE_WARNING "UnicodeWarning": WARNING, 0, "Doubtful use of text.";
    USER_WARNING "UserWarning": WARNING, 0, "A warning made by the program.";
}
