//! Python signatures: `name(a, b=0, /, c=None, *args, d=1, **kwargs)`.

/// One parameter.
pub struct Parameter {
    pub name: String,
    pub default: Option<String>,
}

/// A parsed signature.
pub struct Signature {
    pub name: String,
    /// All but `*args` and `**kwargs`, in order.
    pub parameters: Vec<Parameter>,
    pub positional_only: usize,
    pub positional: usize,
    pub varargs: bool,
    pub varkw: bool,
    /// The text between the parentheses, or `None` without parentheses.
    pub text: Option<String>,
}

/// Splits at commas outside brackets and quotes.
fn split_parameters(text: &str) -> Vec<String> {
    let (mut parts, mut depth, mut quote, mut current) = (Vec::new(), 0, None, String::new());
    for c in text.chars() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(q)) if c == q => quote = None,
            ('(' | '[' | '{', None) => depth += 1,
            (')' | ']' | '}', None) => depth -= 1,
            (',', None) if depth == 0 => {
                parts.push(std::mem::take(&mut current));
                continue;
            }
            _ => {}
        }
        current.push(c);
    }
    if !current.trim().is_empty() {
        parts.push(current);
    }
    parts.into_iter().map(|part| part.trim().to_string()).collect()
}

impl Signature {
    pub fn parse(text: &str) -> Result<Signature, String> {
        let Some(open) = text.find('(') else {
            return Ok(Signature {
                name: text.trim().to_string(),
                parameters: Vec::new(),
                positional_only: 0,
                positional: 0,
                varargs: false,
                varkw: false,
                text: None,
            });
        };
        let inner = text[open + 1..].trim_end().strip_suffix(')').ok_or("missing ')'")?;
        let mut signature = Signature {
            name: text[..open].trim().to_string(),
            parameters: Vec::new(),
            positional_only: 0,
            positional: usize::MAX,
            varargs: false,
            varkw: false,
            text: Some(inner.to_string()),
        };
        for part in split_parameters(inner) {
            if part == "/" {
                signature.positional_only = signature.parameters.len();
            } else if part == "*" {
                signature.positional = signature.parameters.len();
            } else if part.starts_with("**") {
                signature.varkw = true;
            } else if part.starts_with('*') {
                signature.varargs = true;
                signature.positional = signature.parameters.len();
            } else {
                let (name, default) = match part.split_once('=') {
                    Some((name, default)) => (name.trim(), Some(default.trim().to_string())),
                    None => (part.as_str(), None),
                };
                signature.parameters.push(Parameter { name: name.to_string(), default });
            }
        }
        signature.positional = signature.positional.min(signature.parameters.len());
        Ok(signature)
    }
}
