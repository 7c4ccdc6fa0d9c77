//! The kinds of tokens and nodes in a syntax tree, of both notations.

/// Declares the kinds once: tokens with the words that an error message uses for them, then nodes.
macro_rules! kinds {
    (tokens { $($(#[$token_doc:meta])* $token:ident $words:literal,)* } nodes { $($(#[$node_doc:meta])* $node:ident,)* }) => {
        /// The kind of a token or a node.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum SyntaxKind {
            $($(#[$token_doc])* $token,)*
            $($(#[$node_doc])* $node,)*
        }

        impl SyntaxKind {
            /// Whether this is the kind of a token: a piece of text that has no parts.
            pub const fn is_token(self) -> bool {
                matches!(self, $(SyntaxKind::$token)|*)
            }

            /// The token in the words of an error message: `` `)` ``, `a name`.
            pub(crate) const fn words(self) -> &'static str {
                match self {
                    $(SyntaxKind::$token => $words,)*
                    _ => "this",
                }
            }
        }
    };
}

kinds! {
    tokens {
        // What means nothing.
        Whitespace "blanks",
        LineComment "a comment",
        BlockComment "a comment",

        // What carries text.
        Name "a name",
        QuotedName "a name in backquotes",
        Number "a number",
        /// A whole string without interpolation.
        Text "a string",
        /// The quotes that open a string with interpolation.
        TextOpen "a string",
        TextPart "a string",
        TextClose "the end of a string",
        InterpolationOpen "`${`",
        InterpolationClose "`}`",
        Unknown "a character that means nothing here",

        // Brackets and separators.
        LeftParen "`(`",
        RightParen "`)`",
        LeftBracket "`[`",
        RightBracket "`]`",
        LeftBrace "`{`",
        RightBrace "`}`",
        Comma "`,`",
        Semicolon "`;`",
        Colon "`:`",
        Dot "`.`",
        QuestionDot "`?.`",
        Question "`?`",
        Arrow "`=>`",
        Ellipsis "`...`",

        // Operators.
        Plus "`+`",
        Minus "`-`",
        Star "`*`",
        Slash "`/`",
        TildeSlash "`~/`",
        Percent "`%`",
        Caret "`^`",
        At "`@`",
        EqualEqual "`==`",
        BangEqual "`!=`",
        Less "`<`",
        LessEqual "`<=`",
        Greater "`>`",
        GreaterEqual "`>=`",
        Bang "`!`",
        AndAnd "`&&`",
        OrOr "`||`",
        QuestionQuestion "`??`",
        DotDot "`..`",
        DotDotEqual "`..=`",
        Pipeline "`|>`",
        Bar "`|`",
        Equal "`=`",
        PlusEqual "`+=`",
        MinusEqual "`-=`",
        StarEqual "`*=`",
        SlashEqual "`/=`",
        TildeSlashEqual "`~/=`",
        PercentEqual "`%=`",
        CaretEqual "`^=`",
        AndAndEqual "`&&=`",
        OrOrEqual "`||=`",
        QuestionQuestionEqual "`??=`",
        /// An operator of another language (`===`, `**`, `&`), read so that the error can name ours.
        ForeignOperator "an operator of another language",

        // Words that cannot be names in `.soc`.
        AsyncWord "`async`",
        AwaitWord "`await`",
        BreakWord "`break`",
        CatchWord "`catch`",
        ClassWord "`class`",
        ContinueWord "`continue`",
        DoWord "`do`",
        ElseWord "`else`",
        EnumWord "`enum`",
        ExportWord "`export`",
        FalseWord "`false`",
        FinallyWord "`finally`",
        FnWord "`fn`",
        ForWord "`for`",
        IfWord "`if`",
        ImportWord "`import`",
        InWord "`in`",
        LetWord "`let`",
        LoopWord "`loop`",
        MatchWord "`match`",
        MutWord "`mut`",
        NullWord "`null`",
        ReturnWord "`return`",
        SuperWord "`super`",
        ThrowWord "`throw`",
        TrueWord "`true`",
        TryWord "`try`",
        VarWord "`var`",
        WhileWord "`while`",
        YieldWord "`yield`",

        // Tokens of `.gene` alone.
        /// A name, a number or an operator, without the path after it.
        Atom "a name",
        /// `^`, the name, and for `^<k>` only the `^`.
        PropName "a property",
        PathSlash "`/`",
        AngleOpen "`<`",
        AngleClose "`>`",
        QuoteMark "a backquote",
        UnquoteMark "`%`",
        UnquoteSpliceMark "`%@`",

        /// Behind the last token; never in a tree.
        EndOfInput "the end of the input",
    }
    nodes {
        Root,
        Error,

        // Expressions.
        Parenthesised,
        Binary,
        Unary,
        Assignment,
        /// A value and what is applied to it, one after the other: calls, fields, indexes.
        Chain,
        Arguments,
        NamedArgument,
        Spread,
        Index,
        List,
        Record,
        RecordEntry,
        TextWithParts,
        Interpolation,
        /// In an interpolation, the colon and the form of `format` behind it.
        InterpolationForm,
        Lambda,
        Function,
        Parameters,
        Parameter,
        Contract,
        Jump,
        Await,
        Async,

        // Control flow and statements.
        Block,
        If,
        While,
        For,
        Loop,
        Do,
        Match,
        MatchArm,
        Guard,
        Try,
        Catch,
        Finally,
        Select,
        SelectArm,
        /// `test`, `bench`, `generate`, `scope`, `hold`: a word and a block.
        WordBlock,
        Labelled,
        Binding,
        Class,
        Member,
        Enum,
        EnumCase,
        TypeDeclaration,
        Import,
        Export,
        ImportedName,

        Pattern,
        Type,

        // Nodes of `.gene` alone.
        GeneNode,
        Property,
        Path,
        Quoted,
    }
}
