//! The rough syntax tree of the diagnosis pass: enough to name an expression in a message.

/// What a node is; only what messages tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// No meaning of its own.
    Plain,
    /// A sequence of nodes from `?`, `*`, `+`.
    Items,
    /// The elements of a display, with their commas.
    Elements,
    Token,
    Name,
    Literal,
    True,
    False,
    None,
    Ellipsis,
    Strings,
    FString,
    TString,
    Attribute,
    Subscript,
    Call,
    Postfix,
    Await,
    /// A unary operator or power.
    Operation,
    /// A chain of binary or boolean operators.
    Binary,
    Compare,
    IfExp,
    Lambda,
    Named,
    Starred,
    Yield,
    Group,
    Tuple,
    List,
    Set,
    Dict,
    ListComp,
    SetComp,
    DictComp,
    Generator,
    Args,
    Kwargs,
    Kwarg,
    KwUnpack,
}

impl Kind {
    /// The kind that the grammar calls by this name.
    pub(super) fn named(name: &str) -> Self {
        match name {
            "Elements" => Self::Elements,
            "Literal" => Self::Literal,
            "True" => Self::True,
            "False" => Self::False,
            "None" => Self::None,
            "Ellipsis" => Self::Ellipsis,
            "Strings" => Self::Strings,
            "FString" => Self::FString,
            "TString" => Self::TString,
            "Attribute" => Self::Attribute,
            "Subscript" => Self::Subscript,
            "Call" => Self::Call,
            "Postfix" => Self::Postfix,
            "Await" => Self::Await,
            "Operation" => Self::Operation,
            "Binary" => Self::Binary,
            "Compare" => Self::Compare,
            "IfExp" => Self::IfExp,
            "Lambda" => Self::Lambda,
            "Named" => Self::Named,
            "Starred" => Self::Starred,
            "Yield" => Self::Yield,
            "Group" => Self::Group,
            "Tuple" => Self::Tuple,
            "List" => Self::List,
            "Set" => Self::Set,
            "Dict" => Self::Dict,
            "ListComp" => Self::ListComp,
            "SetComp" => Self::SetComp,
            "DictComp" => Self::DictComp,
            "Generator" => Self::Generator,
            "Args" => Self::Args,
            "Kwargs" => Self::Kwargs,
            "Kwarg" => Self::Kwarg,
            "KwUnpack" => Self::KwUnpack,
            _ => Self::Plain,
        }
    }

    /// What CPython's messages call such an expression.
    pub(super) fn description(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::True => "True",
            Self::False => "False",
            Self::None => "None",
            Self::Ellipsis => "ellipsis",
            Self::FString => "f-string expression",
            Self::TString => "t-string expression",
            Self::Attribute => "attribute",
            Self::Subscript => "subscript",
            Self::Call => "function call",
            Self::Await => "await expression",
            Self::Operation | Self::Binary => "expression",
            Self::Compare => "comparison",
            Self::IfExp => "conditional expression",
            Self::Lambda => "lambda",
            Self::Named => "named expression",
            Self::Starred => "starred",
            Self::Yield => "yield expression",
            Self::Tuple => "tuple",
            Self::List => "list",
            Self::Set => "set display",
            Self::Dict => "dict literal",
            Self::ListComp => "list comprehension",
            Self::SetComp => "set comprehension",
            Self::DictComp => "dict comprehension",
            Self::Generator => "generator expression",
            _ => "literal",
        }
    }
}

/// An index into the nodes of one diagnosis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NodeId(pub(super) u32);

/// A node: a kind over a range of tokens.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) start: u32,
    /// The token after the last.
    pub(super) end: u32,
    pub(super) children: Vec<NodeId>,
}
