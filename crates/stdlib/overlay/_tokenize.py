"""`TokenizerIter`, what the module `tokenize` stands on: an iterator over the tokens of lines that a callable gives.

Source: the chapter "Lexical analysis" of the language reference; what `tokenize` documents about its tokens.
"""

import re as _re
from token import (COMMENT, DEDENT, ENDMARKER, EXACT_TOKEN_TYPES, FSTRING_END, FSTRING_MIDDLE, FSTRING_START, INDENT,
                   NAME, NEWLINE, NL, NUMBER, OP, STRING, TSTRING_END, TSTRING_MIDDLE, TSTRING_START)

_SPACE = _re.compile(r"(?:[ \f\t]|\\\r?\n)*")
_NAME = _re.compile(r"\w+")
_NUMBER = _re.compile(
    r"0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+"
    r"|(?:[0-9](?:_?[0-9])*\.(?:[0-9](?:_?[0-9])*)?|\.[0-9](?:_?[0-9])*|[0-9](?:_?[0-9])*)"
    r"(?:[eE][-+]?[0-9](?:_?[0-9])*)?[jJ]?")
_OPERATOR = _re.compile("|".join(_re.escape(op) for op in sorted(EXACT_TOKEN_TYPES, key=len, reverse=True)))
_QUOTE = _re.compile(r"([a-zA-Z]{0,2})('''|\"\"\"|'|\")")
_PREFIXES = {"", "r", "u", "b", "f", "t", "br", "rb", "fr", "rf", "tr", "rt"}
_CLOSERS = {")": "(", "]": "[", "}": "{"}


class _Format:
    """An f-string or t-string that is open."""

    __slots__ = ("quote", "raw", "kinds", "fields", "line")

    def __init__(self, quote, raw, kinds, line):
        self.quote, self.raw, self.kinds, self.line = quote, raw, kinds, line
        # For each replacement field around: [bracket depth in it, whether its format specification goes on].
        self.fields = []


class TokenizerIter:
    def __init__(self, readline, /, *, encoding=None, extra_tokens=False):
        self._readline = readline
        self._encoding = encoding
        self._extra = extra_tokens
        self._tokens = self._run()

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._tokens)

    def _next_line(self):
        try:
            line = self._readline()
        except StopIteration:
            return ""
        if isinstance(line, bytes):
            line = line.decode(self._encoding or "utf-8")
        return line

    def _error(self, message, row, column, line):
        kind = SyntaxError
        if "indent" in message or "dedent" in message:
            kind = IndentationError
        raise kind(message, ("<string>", row, column + 1, line, row, column + 1))

    def _operator(self, text):
        return OP if self._extra else EXACT_TOKEN_TYPES[text]

    def _run(self):
        indents, brackets, formats = [0], [], []
        row, fresh, blank_end = 0, True, True
        line = ""
        while True:
            line = self._next_line()
            row += 1
            if not line:
                if formats:
                    self._error(f"unterminated triple-quoted {self._what(formats[-1])} literal (detected at line {row - 1})",
                                formats[-1].line, 0, "")
                if brackets:
                    self._error("unexpected EOF in multi-line statement", row, 0, "")
                break
            column = 0
            fresh = fresh and not brackets and not formats
            if fresh:
                column = self._indentation(line)
                rest = line[column:]
                if not rest.strip("\r\n") or rest[0] == "#":
                    # A line without code.
                    if self._extra:
                        end = column
                        if rest[:1] == "#":
                            comment = rest.rstrip("\r\n")
                            end = column + len(comment)
                            yield COMMENT, comment, (row, column), (row, end), line
                        newline = line[end:]
                        yield NL, newline, (row, end), (row, end + len(newline or " ")), line
                    continue
                width = self._width(line[:column])
                if width > indents[-1]:
                    indents.append(width)
                    yield INDENT, line[:column], (row, 0), (row, column), line
                while width < indents[-1]:
                    indents.pop()
                    if width > indents[-1]:
                        self._error("unindent does not match any outer indentation level", row, column, line)
                    yield DEDENT, "", (row, column), (row, column), line
                fresh = False
            text, start_row, offset = line, row, 0
            while True:
                if formats and self._in_literal(formats[-1]):
                    # The literal part of an f-string; it may take further lines.
                    found = self._literal(text, column, formats[-1])
                    while found is None:
                        if len(formats[-1].quote) == 1 and not text.endswith("\\\n"):
                            self._error(f"unterminated {self._what(formats[-1])} literal (detected at line {row})",
                                        row, column, text)
                        more = self._next_line()
                        if not more:
                            self._error(f"unterminated triple-quoted {self._what(formats[-1])} literal "
                                        f"(detected at line {row})", formats[-1].line, 0, "")
                        row += 1
                        text += more
                        found = self._literal(text, column, formats[-1])
                    at, value = found
                    form = formats[-1]
                    if value:
                        yield (form.kinds[1], value, self._place(text, column, start_row),
                               self._place(text, at, start_row), text)
                    column = at
                    begin = self._place(text, column, start_row)
                    if text.startswith("{", column):
                        column += 1
                        form.fields.append([len(brackets), False])
                        brackets.append("{")
                        yield self._operator("{"), "{", begin, (begin[0], begin[1] + 1), text
                    elif text.startswith("}", column):
                        column += 1
                        form.fields.pop()
                        brackets.pop()
                        yield self._operator("}"), "}", begin, (begin[0], begin[1] + 1), text
                    else:
                        quote = form.quote
                        column += len(quote)
                        formats.pop()
                        yield form.kinds[2], quote, begin, (begin[0], begin[1] + len(quote)), text
                    continue
                column = _SPACE.match(text, column).end()
                while column == len(text) and text.endswith("\\\n") or text[column:] == "\\":
                    more = self._next_line()
                    if not more:
                        self._error("unexpected EOF in multi-line statement", row, column, text)
                    row += 1
                    text += more
                    column = _SPACE.match(text, column).end()
                begin = self._place(text, column, start_row)
                shown = text if "\n" not in text[:-1] else text.split("\n")[begin[0] - start_row] + "\n"
                char = text[column:column + 1]
                if char == "" or char in "\r\n":
                    newline = text[column:]
                    end = (begin[0], begin[1] + len(newline or " "))
                    if brackets or formats:
                        if self._extra:
                            yield NL, newline, begin, end, shown
                    else:
                        yield NEWLINE, newline, begin, end, shown
                        fresh = True
                    break
                if char == "#":
                    comment = text[column:].rstrip("\r\n")
                    if self._extra:
                        yield COMMENT, comment, begin, (begin[0], begin[1] + len(comment)), shown
                    column += len(comment)
                    continue
                quote = _QUOTE.match(text, column)
                if quote and quote[1].lower() in _PREFIXES:
                    prefix, mark = quote[1].lower(), quote[2]
                    if "f" in prefix or "t" in prefix:
                        kinds = ((FSTRING_START, FSTRING_MIDDLE, FSTRING_END) if "f" in prefix
                                 else (TSTRING_START, TSTRING_MIDDLE, TSTRING_END))
                        formats.append(_Format(mark, "r" in prefix, kinds, begin[0]))
                        column = quote.end()
                        yield kinds[0], quote[0], begin, (begin[0], begin[1] + len(quote[0])), shown
                        continue
                    end = self._string_end(text, quote.end(), mark)
                    while end is None:
                        more = ""
                        if len(mark) == 3 or text.endswith("\\\n"):
                            more = self._next_line()
                        if not more:
                            kind = "triple-quoted string" if len(mark) == 3 else "string"
                            self._error(f"unterminated {kind} literal (detected at line {row})", *begin, text)
                        row += 1
                        text += more
                        end = self._string_end(text, quote.end(), mark)
                    last = self._place(text, end, start_row)
                    shown = "".join(text.splitlines(True)[begin[0] - start_row:last[0] - start_row + 1])
                    yield STRING, text[column:end], begin, last, shown
                    column = end
                    continue
                found, kind = _NUMBER.match(text, column), NUMBER
                if not found:
                    found, kind = _NAME.match(text, column), NAME
                if found and kind == NAME and not found[0].isidentifier():
                    self._error(f"invalid character '{char}' (U+{ord(char):04X})", *begin, text)
                if not found:
                    found, kind = _OPERATOR.match(text, column), OP
                if not found:
                    self._error(f"invalid non-printable character U+{ord(char):04X}" if not char.isprintable() else
                                f"invalid character '{char}' (U+{ord(char):04X})", *begin, text)
                value = found[0]
                if kind == OP:
                    kind = self._operator(value)
                    field = formats[-1].fields[-1] if formats and formats[-1].fields else None
                    inside = field is not None and len(brackets) == field[0] + 1
                    if inside and value[0] in ":!" and value != "!=":
                        value = value[0]
                        kind = self._operator(value)
                        field[1] = value == ":"
                    if value in "([{":
                        brackets.append(value)
                    elif value in _CLOSERS:
                        if not brackets:
                            self._error(f"unmatched '{value}'", *begin, text)
                        if brackets[-1] != _CLOSERS[value]:
                            self._error(f"closing parenthesis '{value}' does not match opening parenthesis "
                                        f"'{brackets[-1]}'", *begin, text)
                        brackets.pop()
                        if inside and value == "}":
                            formats[-1].fields.pop()
                column += len(value)
                yield kind, value, begin, (begin[0], begin[1] + len(value)), shown
        if not fresh:
            length = len(text) - text.rfind("\n", 0, len(text) - 1) - 1
            yield NEWLINE, "", (row - 1, length), (row - 1, length + 1), ""
        for _ in indents[1:]:
            yield DEDENT, "", (row, 0), (row, 0), ""
        yield ENDMARKER, "", (row, 0), (row, 0), ""

    @staticmethod
    def _what(form):
        return "f-string" if form.kinds[0] == FSTRING_START else "t-string"

    @staticmethod
    def _in_literal(form):
        return not form.fields or form.fields[-1][1]

    @staticmethod
    def _place(text, at, row):
        """Row and column of an index into text that begins with the line `row`."""
        lines = text.count("\n", 0, at)
        return row + lines, at - (text.rfind("\n", 0, at) + 1)

    @staticmethod
    def _indentation(line):
        return len(line) - len(line.lstrip(" \t\f"))

    @staticmethod
    def _width(space):
        width = 0
        for char in space:
            width = 0 if char == "\f" else width // 8 * 8 + 8 if char == "\t" else width + 1
        return width

    @staticmethod
    def _string_end(text, at, mark):
        while at < len(text):
            if text[at] == "\\":
                at += 2
            elif text.startswith(mark, at):
                return at + len(mark)
            elif text[at] == "\n" and len(mark) == 1:
                return None
            else:
                at += 1
        return None

    @staticmethod
    def _literal(text, at, form):
        """Where the literal part ends and its value, or `None` if the text ends first."""
        begin, parts = at, []
        nested = bool(form.fields)
        while at < len(text):
            char = text[at]
            if char == "\\" and not nested:
                if not form.raw and text.startswith("N{", at + 1):
                    closing = text.find("}", at)
                    at = closing + 1 if closing > 0 else at + 2
                elif text[at + 1:at + 2] in "{}":
                    at += 1
                else:
                    at += 2
            elif char in "{}" and not nested and text.startswith(char * 2, at):
                parts.append(text[begin:at + 1])
                at += 2
                begin = at
            elif char == "{" or char == "}" and nested or text.startswith(form.quote, at):
                return at, "".join(parts) + text[begin:at]
            elif char == "\n" and len(form.quote) == 1:
                return None
            else:
                at += 1
        return None
