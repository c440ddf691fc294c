//! Number tokens and what is wrong with them.

use super::{Token, TokenError, TokenKind, Tokenizer};

impl Tokenizer<'_> {
    pub(super) fn number(&mut self) -> Result<Token, TokenError> {
        if self.peek() == b'0' {
            let radix = self.peek_at(1).to_ascii_lowercase();
            match radix {
                b'x' => return self.radix_digits(16, "hexadecimal"),
                b'o' => return self.radix_digits(8, "octal"),
                b'b' => return self.radix_digits(2, "binary"),
                _ => return self.leading_zero(),
            }
        }
        if self.peek() != b'.' {
            self.digits()?;
        }
        self.fraction()
    }

    /// What follows the integer part.
    fn fraction(&mut self) -> Result<Token, TokenError> {
        if self.peek() == b'.' {
            self.at += 1;
            if self.peek().is_ascii_digit() {
                self.digits()?;
            }
        }
        if matches!(self.peek(), b'e' | b'E') {
            let sign = usize::from(matches!(self.peek_at(1), b'+' | b'-'));
            if self.peek_at(1 + sign).is_ascii_digit() {
                self.at += 1 + sign;
                self.digits()?;
            } else if sign > 0 {
                self.at += 2;
                return Err(self.error_here("invalid decimal literal"));
            } else {
                self.number_end("decimal")?;
                return Ok(self.token(TokenKind::Number));
            }
        }
        if matches!(self.peek(), b'j' | b'J') {
            self.at += 1;
            self.number_end("imaginary")?;
        } else {
            self.number_end("decimal")?;
        }
        Ok(self.token(TokenKind::Number))
    }

    /// Decimal digits with single underscores between them.
    fn digits(&mut self) -> Result<(), TokenError> {
        loop {
            while self.peek().is_ascii_digit() {
                self.at += 1;
            }
            if self.peek() != b'_' {
                return Ok(());
            }
            self.at += 1;
            if !self.peek().is_ascii_digit() {
                return Err(self.error_here("invalid decimal literal"));
            }
        }
    }

    fn radix_digits(&mut self, radix: u32, name: &str) -> Result<Token, TokenError> {
        let fits = |c: u8| char::from(c).is_digit(radix);
        self.at += 2;
        let wrong_digit = |this: &mut Self| {
            let digit = char::from(this.peek());
            this.at += 1;
            Err(this.error_here(format!("invalid digit '{digit}' in {name} literal")))
        };
        loop {
            if self.peek() == b'_' {
                self.at += 1;
            }
            if !fits(self.peek()) {
                if self.peek().is_ascii_digit() {
                    return wrong_digit(self);
                }
                return Err(self.error_here(format!("invalid {name} literal")));
            }
            while fits(self.peek()) {
                self.at += 1;
            }
            if self.peek() != b'_' {
                break;
            }
        }
        if self.peek().is_ascii_digit() {
            return wrong_digit(self);
        }
        self.number_end(name)?;
        Ok(self.token(TokenKind::Number))
    }

    /// Zeros, and what may follow them.
    fn leading_zero(&mut self) -> Result<Token, TokenError> {
        loop {
            if self.peek() == b'_' {
                self.at += 1;
                if !self.peek().is_ascii_digit() {
                    return Err(self.error_here("invalid decimal literal"));
                }
            }
            if self.peek() != b'0' {
                break;
            }
            self.at += 1;
        }
        let zeros_end = self.at;
        let nonzero = self.peek().is_ascii_digit();
        if nonzero {
            self.digits()?;
        }
        if matches!(self.peek(), b'.' | b'e' | b'E' | b'j' | b'J') || !nonzero {
            return self.fraction();
        }
        if self.extra_tokens {
            return Ok(self.token(TokenKind::Number));
        }
        let message = "leading zeros in decimal integer literals are not permitted; \
                       use an 0o prefix for octal integers";
        let (lineno, offset) = self.place(self.start);
        let (_, end_offset) = self.place(zeros_end);
        Err(self.error(crate::ErrorKind::SyntaxError, message, lineno, offset, end_offset))
    }

    /// No letter may follow a number, except that of a keyword, about which CPython only warns.
    fn number_end(&mut self, name: &str) -> Result<(), TokenError> {
        let rest = &self.bytes[self.at..];
        let c = self.peek();
        // `tokenize` shows a number and a name.
        if self.extra_tokens || number_keyword(rest) {
            return Ok(());
        }
        if c.is_ascii_alphanumeric() || c == b'_' {
            return Err(self.error_here(format!("invalid {name} literal")));
        }
        Ok(())
    }
}

/// A keyword that may directly follow a number stands here.
pub(crate) fn number_keyword(rest: &[u8]) -> bool {
    [&b"and"[..], b"else", b"for", b"if", b"in", b"is", b"or", b"not"].iter().any(|word| rest.starts_with(word))
}
