//! The forms of one notation in the words of the other.
//!
//! What `.gene` says in infix, in method calls with a dot, with `new`, `not`, `repeat`, in the flat form of `try` and their
//! like, `.soc` has other words for. They mean the same; what has no word in `.soc` stays as it is, and is refused when it is
//! printed. The other way, method calls get a dot.
//!
//! One thing cannot be known from a program alone: `(p .x)` is the field `x` where no function is called so. It becomes `p.x` if
//! the program has fields of that name and no methods, and else `p.x()`.

use motet_syntax::form::{Entry, Form, FormKind, Node, Prop, Span};
use motet_syntax::typed::{has_type, typed, with_types};
use motet_syntax::{dotted, infix};
use std::collections::HashSet;

/// The forms of a whole program.
pub fn in_words_of_soc(forms: &[Form]) -> Vec<Form> {
    let mut names = Names::default();
    forms.iter().for_each(|form| names.note(form));
    forms.iter().map(|form| names.form(form)).collect()
}

/// A form of `.soc`, with method calls as `.gene` writes them.
pub fn in_words_of_gene(form: &Form) -> Form {
    let all = |forms: &[Form]| forms.iter().map(in_words_of_gene).collect::<Vec<Form>>();
    let kind = match &form.kind {
        FormKind::List(items) => FormKind::List(all(items)),
        FormKind::Record(entries) => FormKind::Record(mapped(entries, in_words_of_gene)),
        FormKind::Node(node) => {
            let head = in_words_of_gene(&node.head);
            let props = node.props.iter().map(|prop| Prop { value: in_words_of_gene(&prop.value), ..prop.clone() });
            let node = Node { head, props: props.collect(), children: all(&node.children) };
            match dotted::of_method(&node) {
                Some(dotted) => dotted.kind,
                None => FormKind::Node(Box::new(node)),
            }
        }
        kind => kind.clone(),
    };
    Form::new(kind, form.span)
}

fn mapped(entries: &[Entry], form: impl Fn(&Form) -> Form) -> Vec<Entry> {
    let entry = |entry: &Entry| match entry {
        Entry::Named { name, name_span, value } => {
            Entry::Named { name: name.clone(), name_span: *name_span, value: form(value) }
        }
        Entry::Computed { key, value } => Entry::Computed { key: form(key), value: form(value) },
        Entry::Spread(record) => Entry::Spread(form(record)),
    };
    entries.iter().map(entry).collect()
}

/// What a program calls its fields and its methods.
#[derive(Default)]
struct Names<'f> {
    fields: HashSet<&'f str>,
    /// Defined anywhere: `catch mine` is about a class of that name then.
    defined: HashSet<&'f str>,
    methods: HashSet<&'f str>,
}

impl<'f> Names<'f> {
    fn note(&mut self, form: &'f Form) {
        match &form.kind {
            FormKind::List(items) => items.iter().for_each(|item| self.note(item)),
            FormKind::Record(entries) => {
                for entry in entries {
                    match entry {
                        Entry::Named { name, value, .. } => self.note_entry(name, value),
                        Entry::Computed { key, value } => [key, value].into_iter().for_each(|form| self.note(form)),
                        Entry::Spread(form) => self.note(form),
                    }
                }
            }
            FormKind::Node(node) => {
                self.note(&node.head);
                node.props.iter().for_each(|prop| self.note_entry(&prop.name, &prop.value));
                node.children.iter().for_each(|child| self.note(child));
                self.defined.extend(node.defined_name());
                let first = node.children.first().and_then(Form::as_symbol);
                match (node.head.as_symbol(), first, &node.children[..]) {
                    (Some("method"), Some(name), _) if node.prop("getter").is_some() => _ = self.fields.insert(name),
                    (Some("method"), Some(name), _) => _ = self.methods.insert(name),
                    (Some("prop" | "field"), Some(name), _) => _ = self.fields.insert(name.trim_end_matches(':')),
                    // `(/x = 1)`
                    (_, Some("="), [_, _]) => self.note_target(&node.head),
                    (Some("="), _, [target, _]) => self.note_target(target),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn note_entry(&mut self, name: &'f str, value: &'f Form) {
        let is_function = value.is_node("fn") || value.is_node("fn*");
        if is_function { &mut self.methods } else { &mut self.fields }.insert(name);
        self.note(value);
    }

    fn note_target(&mut self, target: &'f Form) {
        if let Some(node) = target.as_node().filter(|node| node.head.is_symbol("@field"))
            && let Some(name) = node.children.get(1).and_then(Form::as_symbol)
        {
            self.fields.insert(name);
        }
    }

    fn is_field(&self, name: &str) -> bool {
        matches!(name, "class" | "name") || self.fields.contains(name) && !self.methods.contains(name)
    }

    fn form(&self, form: &Form) -> Form {
        let span = form.span;
        match &form.kind {
            FormKind::Symbol(name) => match &**name {
                "$thread" => field(Form::symbol("thread", span), "current", span),
                "$main_thread" => field(Form::symbol("thread", span), "main", span),
                _ => form.clone(),
            },
            FormKind::List(items) => Form::list(self.items(items), span),
            FormKind::Record(entries) => Form::new(FormKind::Record(mapped(entries, |form| self.form(form))), span),
            FormKind::Node(node) => self.node(node, form),
            _ => form.clone(),
        }
    }

    fn forms(&self, forms: &[Form]) -> Vec<Form> {
        forms.iter().map(|form| self.form(form)).collect()
    }

    /// Elements or arguments: `xs...` is a list that is put in.
    fn items(&self, items: &[Form]) -> Vec<Form> {
        let item = |item: &Form| match item.as_symbol().and_then(|name| name.strip_suffix("...")) {
            Some(name) if !name.is_empty() => Form::node("@spread", vec![Form::symbol(name, item.span)], item.span),
            _ => self.form(item),
        };
        items.iter().map(item).collect()
    }

    fn node(&self, node: &Node, form: &Form) -> Form {
        let span = form.span;
        if let Some(prefix) = infix::normalize(node).or_else(|| dotted::normalize(node)) {
            return self.form(&prefix);
        }
        if let Some(method) = node.children.first()
            && let Some(name) = method.as_symbol().and_then(|name| name.strip_prefix('.'))
            && !name.is_empty()
            && !name.starts_with('.')
        {
            return self.method(node, name, method.span, span);
        }
        let children = &node.children[..];
        let again = |head: &str, children: Vec<Form>| {
            Form::node_with(Form::symbol(head, node.head.span), self.props(&node.props), children, span)
        };
        match (node.head.as_symbol().unwrap_or_default(), children) {
            ("quote" | "unquote" | "unquote_splice" | "macro" | "enum" | "import", _) => form.clone(),
            ("type", [name, kind]) => again("type", vec![name.clone(), type_(kind)]),
            ("@frozen", [literal]) => Form::node("freeze", vec![self.form(literal)], span),
            ("new", [class, arguments @ ..]) => {
                Form::node_with(self.form(class), self.props(&node.props), self.items(arguments), span)
            }
            ("not", [operand]) => again("!", vec![self.form(operand)]),
            ("and", [_, _, ..]) => again("&&", self.forms(children)),
            ("or", [_, _, ..]) => again("||", self.forms(children)),
            ("is", [value, kind]) => again("is", vec![self.form(value), type_(kind)]),
            ("let" | "var", [name, kind, value]) if has_type(name) => {
                let mut props = self.props(&node.props);
                props.push(Prop::new("type", type_(kind)));
                let name = Form::symbol(name.as_symbol().unwrap_or_default().trim_end_matches(':'), name.span);
                Form::node_with(node.head.clone(), props, vec![name, self.form(value)], span)
            }
            ("let" | "var" | "=", [target, value]) => {
                let is_pattern = !node.head.is_symbol("=") || matches!(target.kind, FormKind::List(_));
                let target = if is_pattern { pattern(target) } else { self.form(target) };
                Form::node_with(node.head.clone(), self.props(&node.props), vec![target, self.form(value)], span)
            }
            ("op", [operator]) => {
                let operand = |name: &str| Form::symbol(name, span);
                let applied = Form::node_with(operator.clone(), Vec::new(), vec![operand("a"), operand("b")], span);
                Form::node("fn", vec![Form::list(vec![operand("a"), operand("b")], span), applied], span)
            }
            ("->", [first, steps @ ..]) if node.props.is_empty() && !steps.is_empty() => self.pipeline(first, steps),
            ("async" | "spawn" | "spawn_return", [_, _, ..]) => {
                again(node.head.as_symbol().unwrap_or_default(), vec![Form::node("do", self.forms(children), span)])
            }
            ("ifel", [condition, yes]) => {
                again("if", vec![self.form(condition), Form::node("do", vec![self.form(yes)], yes.span)])
            }
            ("case", [subject, rest @ ..]) => match self.case(rest, span) {
                Some(arms) => again("match", std::iter::once(self.form(subject)).chain(arms).collect()),
                None => form.clone(),
            },
            ("repeat", [count, body @ ..]) => {
                let range =
                    Form::node("..", vec![Form::new(FormKind::Int(0), count.span), self.form(count)], count.span);
                let word = |name: &str| Form::symbol(name, span);
                let head = [word("_"), word("in"), range];
                again("for", head.into_iter().chain(self.forms(body)).collect())
            }
            ("for", _) => {
                let start = children.iter().position(|child| child.is_symbol("in")).unwrap_or(0);
                let (pattern, rest) = children.split_at(start);
                again("for", pattern.iter().map(self::pattern).chain(self.forms(rest)).collect())
            }
            ("match", [subject, arms @ ..]) => {
                let arm = |arm: &Form| match arm.as_node() {
                    Some(node) if has_type(&node.head) && !node.children.is_empty() => {
                        let pattern = typed(&node.head, &type_(&node.children[0]));
                        Form::node_with(pattern, self.props(&node.props), self.forms(&node.children[1..]), arm.span)
                    }
                    Some(node) => Form::node_with(
                        pattern(&node.head),
                        self.props(&node.props),
                        self.forms(&node.children),
                        arm.span,
                    ),
                    None => arm.clone(),
                };
                again("match", std::iter::once(self.form(subject)).chain(arms.iter().map(arm)).collect())
            }
            ("if", _) => again("if", self.branches(children)),
            ("try", _) => again("try", self.clauses(children)),
            ("fn" | "fn*" | "method" | "ctor", _) => self.function(node, span),
            ("class", _) => {
                let member = |child: &Form| if child.as_node().is_some() { self.form(child) } else { child.clone() };
                again("class", children.iter().map(member).collect())
            }
            ("field", [name, kind, rest @ ..]) if has_type(name) => {
                let name = Form::symbol(name.as_symbol().unwrap_or_default().trim_end_matches(':'), name.span);
                let children = std::iter::once(name).chain(self.forms(rest)).collect();
                Form::node_with(Form::symbol("prop", span), vec![Prop::new("type", type_(kind))], children, span)
            }
            _ => {
                let head = if node.head.as_symbol().is_some() { node.head.clone() } else { self.form(&node.head) };
                Form::node_with(head, self.props(&node.props), self.items(children), span)
            }
        }
    }

    fn props(&self, props: &[Prop]) -> Vec<Prop> {
        let prop =
            |prop: &Prop| Prop { name: prop.name.clone(), name_span: prop.name_span, value: self.form(&prop.value) };
        props.iter().map(prop).collect()
    }

    /// `(x .name a …)`
    fn method(&self, node: &Node, name: &str, place: Span, span: Span) -> Form {
        let arguments = &node.children[1..];
        let receiver = self.form(&node.head);
        if arguments.is_empty() && node.props.is_empty() && !node.head.is_symbol("super") && self.is_field(name) {
            return field(receiver, name, span);
        }
        let called = [receiver, Form::symbol(name, place)];
        let children = called.into_iter().chain(self.items(arguments)).collect();
        Form::node_with(Form::symbol("@method", span), self.props(&node.props), children, span)
    }

    /// `(-> xs (f a) g)`: each step is a call with what came before as its first argument.
    fn pipeline(&self, first: &Form, steps: &[Form]) -> Form {
        steps.iter().fold(self.form(first), |so_far, step| match step.as_node() {
            Some(node) => {
                let children = std::iter::once(so_far).chain(self.items(&node.children)).collect();
                Form::node_with(self.form(&node.head), self.props(&node.props), children, step.span)
            }
            None => Form::node_with(self.form(step), Vec::new(), vec![so_far], step.span),
        })
    }

    /// The arms of a `match` for those of a `case`; none if a variable is among the candidates, which a pattern would bind.
    fn case(&self, parts: &[Form], span: Span) -> Option<Vec<Form>> {
        let is_word = |form: &Form| form.is_symbol("when") || form.is_symbol("else");
        let mut arms = Vec::new();
        let mut has_else = false;
        let mut rest = parts;
        while let Some((word, after)) = rest.split_first() {
            let end = after.iter().position(is_word).unwrap_or(after.len());
            let (parts, next) = after.split_at(end);
            let (pattern, body) = if word.is_symbol("else") {
                has_else = true;
                (Form::symbol("_", word.span), parts)
            } else {
                let (candidate, body) = parts.split_first()?;
                let (candidate, body) = match body.split_first() {
                    Some((kind, body)) if has_type(candidate) => (typed(candidate, &type_(kind)), body),
                    _ => (candidate.clone(), body),
                };
                let is_pattern = match &candidate.kind {
                    FormKind::Symbol(name) => &**name == "_" || name.starts_with(char::is_uppercase),
                    FormKind::Node(node) => {
                        node.head.is_symbol(":")
                            || !infix::is_infix(node)
                                && node.head.as_symbol().is_some_and(|name| name.starts_with(char::is_uppercase))
                    }
                    _ => true,
                };
                if !is_pattern {
                    return None;
                }
                (pattern(&candidate), body)
            };
            arms.push(Form::node_with(pattern, Vec::new(), self.forms(body), word.span));
            rest = next;
        }
        if !has_else {
            // Without a match, a `case` is null.
            arms.push(Form::node_with(Form::symbol("_", span), Vec::new(), vec![Form::null(span)], span));
        }
        Some(arms)
    }

    /// The parts of an `if`: in `.soc`, each branch is a block.
    fn branches(&self, children: &[Form]) -> Vec<Form> {
        let is_word = |form: &Form| form.is_symbol("elif") || form.is_symbol("else");
        let mut written = Vec::new();
        let mut rest = children;
        let mut has_condition = true;
        while !rest.is_empty() {
            if has_condition {
                written.push(self.form(&rest[0]));
                rest = &rest[1..];
                if rest.first().is_some_and(|word| word.is_symbol("then")) {
                    rest = &rest[1..];
                }
            }
            let end = rest.iter().position(is_word).unwrap_or(rest.len());
            let (body, next) = rest.split_at(end);
            let span = body.first().map_or(Span::default(), |first| first.span.to(body[body.len() - 1].span));
            match body {
                [only] if only.is_node("do") => written.push(self.form(only)),
                body => written.push(Form::node("do", self.forms(body), span)),
            }
            let Some((word, after)) = next.split_first() else { break };
            written.push(word.clone());
            has_condition = word.is_symbol("elif");
            rest = after;
        }
        written
    }

    /// The parts of a `try`: in `.soc`, each clause is a form of its own.
    fn clauses(&self, children: &[Form]) -> Vec<Form> {
        let is_word = |form: &Form| form.is_symbol("catch") || form.is_symbol("finally");
        let end = children.iter().position(is_word).unwrap_or(children.len());
        let mut written = self.forms(&children[..end]);
        let mut rest = &children[end..];
        while let Some((word, after)) = rest.split_first() {
            let end = after.iter().position(is_word).unwrap_or(after.len());
            let (parts, next) = after.split_at(end);
            written.push(if word.is_symbol("catch") {
                self.catch(parts, word.span)
            } else {
                Form::node_with(word.clone(), Vec::new(), self.forms(parts), word.span)
            });
            rest = next;
        }
        written
    }

    /// `catch e …`, `catch Class …`, `catch Class e …`, `catch * e …`
    fn catch(&self, parts: &[Form], span: Span) -> Form {
        let mut props = Vec::new();
        let mut body = parts;
        if let Some((class, rest)) = parts.split_first() {
            body = rest;
            let is_name = class.as_symbol().is_some_and(|name| {
                name.starts_with(|c: char| c.is_lowercase() || c == '_') && !self.defined.contains(name)
            });
            if is_name {
                props.push(Prop::new("as", class.clone()));
            } else {
                if !class.is_symbol("*") {
                    props.push(Prop::new("class", type_(class)));
                }
                if let [name, after @ ..] = rest
                    && !after.is_empty()
                    && name.as_symbol().is_some()
                {
                    props.push(Prop::new("as", name.clone()));
                    body = after;
                } else if !props.is_empty() {
                    // In `.soc`, a class stands behind a name.
                    props.push(Prop::new("as", Form::symbol("_", class.span)));
                }
            }
        }
        Form::node_with(Form::symbol("catch", span), props, self.forms(body), span)
    }

    /// Parameters are patterns; their defaults and the body are not.
    fn function(&self, node: &Node, span: Span) -> Form {
        let at = node.children.iter().position(|child| matches!(child.kind, FormKind::List(_)));
        let Some(at) = at else {
            return Form::node_with(node.head.clone(), node.props.clone(), node.children.clone(), span);
        };
        let mut children = node.children[..at].to_vec();
        if let FormKind::List(items) = &node.children[at].kind {
            let mut written = Vec::with_capacity(items.len());
            for (number, item) in items.iter().enumerate() {
                let before = number.checked_sub(1).map(|number| &items[number]);
                written.push(match before {
                    Some(before) if before.is_symbol("=") => self.form(item),
                    Some(before) if has_type(before) => type_(item),
                    _ => item.clone(),
                });
            }
            children.push(Form::list(written, node.children[at].span));
        }
        let mut rest = &node.children[at + 1..];
        if let [arrow, kind, after @ ..] = rest
            && arrow.is_symbol("->")
        {
            children.extend([arrow.clone(), type_(kind)]);
            rest = after;
        }
        children.extend(self.forms(rest));
        Form::node_with(node.head.clone(), self.props(&node.props), children, span)
    }
}

fn field(receiver: Form, name: &str, span: Span) -> Form {
    Form::node("@field", vec![receiver, Form::symbol(name, span)], span)
}

/// A pattern: `x: T` in a list or behind a class is `(: x T)`.
fn pattern(form: &Form) -> Form {
    let patterns = |forms: &[Form]| with_types(forms).iter().map(pattern).collect();
    match &form.kind {
        FormKind::List(items) => Form::list(patterns(items), form.span),
        FormKind::Node(node) if infix::is_infix(node) => {
            infix::normalize(node).map_or_else(|| form.clone(), |prefix| pattern(&prefix))
        }
        FormKind::Node(node) if node.head.is_symbol(":") && node.children.len() == 2 => {
            let parts = vec![pattern(&node.children[0]), type_(&node.children[1])];
            Form::node_with(node.head.clone(), node.props.clone(), parts, form.span)
        }
        // Of a class, or of a case of an enum, whose name is a path.
        FormKind::Node(node) if node.head.as_symbol().is_none_or(|name| name.starts_with(char::is_uppercase)) => {
            Form::node_with(node.head.clone(), node.props.clone(), patterns(&node.children), form.span)
        }
        _ => form.clone(),
    }
}

/// A type: `(A | B)` is `(| A B)`.
fn type_(form: &Form) -> Form {
    let Some(node) = form.as_node() else { return form.clone() };
    let is_union = node.children.len() % 2 == 0
        && !node.children.is_empty()
        && node.children.iter().step_by(2).all(|child| child.is_symbol("|"));
    if !is_union {
        return form.clone();
    }
    let alternatives = std::iter::once(&node.head).chain(node.children.iter().skip(1).step_by(2));
    Form::node("|", alternatives.map(type_).collect(), form.span)
}

#[cfg(test)]
mod tests {
    use super::in_words_of_soc;
    use motet_syntax::{parse_gene, print_soc_exactly};

    #[test]
    fn what_gene_says_otherwise_has_a_word_in_soc() {
        for (gene, soc) in [
            ("(a + b * 2)", "a + b * 2"),
            ("(println (not (a == b)))", "println(!(a == b))"),
            ("(xs .push 1)", "xs.push(1)"),
            ("(xs .map f .sort ^by len)", "xs.map(f).sort(by: len)"),
            ("(new P 1 ^x 2)", "P(1, x: 2)"),
            ("(f xs... 1)", "f(...xs, 1)"),
            ("(let z: (Int | Null) 3)", "let z: Int | Null = 3"),
            ("(let [a r...] [1 xs...])", "let [a, ...r] = [1, ...xs]"),
            ("(repeat 3 (f))", "for (_ in 0..3) {\n  f()\n}"),
            (
                "(if (a > 1) (f) (g) elif b 2 else 3)",
                "if (a > 1) {\n  f()\n  g()\n} else if (b) {\n  2\n} else {\n  3\n}",
            ),
            (
                "(try (f) catch IndexError e (g e) catch * e 2 finally 3)",
                "try {\n  f()\n} catch (e: IndexError) {\n  g(e)\n} catch (e) {\n  2\n} finally {\n  3\n}",
            ),
            ("($thread .on_message (fn [m] m/payload))", "thread.current.on_message((m) => m.payload)"),
            (
                "(fn f [a: Int b = (1 + 2)] -> (Int | Null) (a + b))",
                "fn f(a: Int, b = 1 + 2): Int | Null {\n  a + b\n}",
            ),
            ("(let p #[1 2])", "let p = freeze([1, 2])"),
            ("(-> xs (filter p) sum)", "sum(filter(xs, p))"),
            ("(case v when 1 \"one\" when [a] a)", "match v {\n  1 => \"one\"\n  [a] => a\n  _ => null\n}"),
            ("(try (f) catch IndexError 1)", "try {\n  f()\n} catch (_: IndexError) {\n  1\n}"),
            ("(match v (n: Int n) (_ 2))", "match v {\n  n: Int => n\n  _ => 2\n}"),
            ("(match v ([a: Int b] a))", "match v {\n  [a: Int, b] => a\n}"),
            ("(match v ((Circle r: Float) r))", "match v {\n  Circle((r: Float)) => r\n}"),
            ("(match v ((Shape/Circle r: Float) r))", "match v {\n  Shape.Circle((r: Float)) => r\n}"),
            ("(case v when n: Int n else 2)", "match v {\n  n: Int => n\n  _ => 2\n}"),
            ("(type M (Int | String))", "type M = Int | String"),
            ("(xs .slice (1 ..))", "xs.slice(1..null)"),
            ("(reduce (op +) xs)", "reduce((a, b) => a + b, xs)"),
            ("(async (f) 1)", "async (do {\n  f()\n  1\n})"),
        ] {
            let forms = parse_gene(gene);
            assert!(forms.errors.is_empty(), "{gene}: {:?}", forms.errors);
            let found = print_soc_exactly(&in_words_of_soc(&forms.forms));
            let found = found.map(|text| motet_syntax::format(&text, motet_syntax::Notation::Soc));
            let formatted = motet_syntax::format(soc, motet_syntax::Notation::Soc);
            assert_eq!(found.as_ref().ok(), Some(&formatted), "{gene}");
        }
    }

    #[test]
    fn a_name_with_a_dot_is_a_field_or_a_method_as_the_program_has_it() {
        let gene = "(class P (ctor [] (/side = 1)) (method area [] 2) (method ^getter true half [] 3))\n(p .side) (p .area) (p .half) (p .len)\n";
        let soc = print_soc_exactly(&in_words_of_soc(&parse_gene(gene).forms)).expect("it has words");
        for part in ["p.side\n", "p.area()\n", "p.half\n", "p.len()\n"] {
            assert!(soc.contains(part), "{soc}");
        }
    }
}
