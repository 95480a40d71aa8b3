//! Parses just enough Rust for the layering test: which paths a file names, and on which lines.

/// A path as written, with `use` groups expanded: `use a::{b, c::d};` gives `a::b` and `a::c::d`.
pub struct NamedPath {
    pub line: usize,
    pub segments: Vec<String>,
    /// Number of inline modules (`mod tests { … }`) around it: each takes up one `super`.
    pub inline_modules: usize,
}

/// Paths of two or more segments, and everything that a `use` names. Comments and literals are ignored.
pub fn named_paths(source: &str) -> Vec<NamedPath> {
    let code = code_only(source);
    let mut reader = Reader { tokens: tokens(&code), at: 0, inline_modules: 0, found: Vec::new() };
    reader.read();
    reader.found
}

/// The same text, line by line, with comments and literals blanked.
pub fn code_only(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut code = String::with_capacity(source.len());
    let mut at = 0;
    while at < chars.len() {
        let end = at + length_of_comment_or_literal(&chars, at);
        if end == at {
            code.push(chars[at]);
            at += 1;
        }
        while at < end {
            code.push(if chars[at] == '\n' { '\n' } else { ' ' });
            at += 1;
        }
    }
    code
}

/// Blanked code without its `#[…]` and `#![…]` attributes.
pub fn without_attributes(code: &str) -> String {
    let mut bare = String::new();
    let mut rest = code;
    while let Some(start) = rest.find('#') {
        bare.push_str(&rest[..start]);
        rest = &rest[start..];
        let mut depth = 0;
        let end = rest.find(|c| {
            depth += i32::from(c == '[') - i32::from(c == ']');
            c == ']' && depth == 0
        });
        rest = &rest[end.map_or(rest.len(), |end| end + 1)..];
    }
    bare + rest
}

/// 0 if neither begins here.
fn length_of_comment_or_literal(chars: &[char], at: usize) -> usize {
    let rest = &chars[at..];
    let in_a_name = at > 0 && is_name(chars[at - 1]);
    match rest {
        ['/', '/', ..] => rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
        ['/', '*', ..] => length_of_block_comment(rest),
        ['"', ..] => length_of_string(rest),
        ['\'', '\\', _, ..] => rest.iter().skip(3).position(|c| *c == '\'').map_or(rest.len(), |n| n + 4),
        ['\'', _, '\'', ..] => 3,
        ['r', '"' | '#', ..] if !in_a_name => length_of_raw_string(rest),
        ['b' | 'c', 'r', '"' | '#', ..] if !in_a_name => match length_of_raw_string(&rest[1..]) {
            0 => 0,
            length => length + 1,
        },
        _ => 0,
    }
}

fn length_of_block_comment(rest: &[char]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        match rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn length_of_string(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != '"' {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    rest.len().min(at + 1)
}

/// 0 for a raw name such as `r#type`.
fn length_of_raw_string(rest: &[char]) -> usize {
    let hashes = rest[1..].iter().take_while(|c| **c == '#').count();
    if rest.get(1 + hashes) != Some(&'"') {
        return 0;
    }
    let closing: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let body = &rest[hashes + 2..];
    let end = body.windows(closing.len()).position(|window| window == closing);
    end.map_or(rest.len(), |end| hashes + 2 + end + closing.len())
}

struct Token<'a> {
    text: &'a str,
    line: usize,
}

impl Token<'_> {
    fn is_name(&self) -> bool {
        self.text.starts_with(is_name)
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Names, `::` and single characters. The leading `::` of a path (`::diesel::…`) is omitted.
fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    for (index, line) in code.lines().enumerate() {
        let mut rest = line.trim_start();
        let mut glued = false;
        while let Some(first) = rest.chars().next() {
            let length = if is_name(first) {
                rest.find(|c| !is_name(c)).unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            let text = &rest[..length];
            if text != "::" || glued {
                tokens.push(Token { text, line: index + 1 });
            }
            rest = &rest[length..];
            glued = rest.trim_start().len() == rest.len() && (is_name(first) || first == '>');
            rest = rest.trim_start();
        }
    }
    tokens
}

struct Reader<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
    inline_modules: usize,
    found: Vec<NamedPath>,
}

impl Reader<'_> {
    fn read(&mut self) {
        let mut open_braces = Vec::new();
        while self.at < self.tokens.len() {
            match self.text(self.at) {
                "{" => {
                    let opens_module = self.at >= 2 && self.text(self.at - 2) == "mod";
                    self.inline_modules += usize::from(opens_module);
                    open_braces.push(opens_module);
                    self.at += 1;
                }
                "}" => {
                    self.inline_modules -= usize::from(open_braces.pop() == Some(true));
                    self.at += 1;
                }
                _ if self.starts_path() => self.path(Vec::new()),
                _ => self.at += 1,
            }
        }
    }

    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text)
    }

    fn starts_path(&self) -> bool {
        let follows = if self.at == 0 { "" } else { self.text(self.at - 1) };
        let begins = self.text(self.at + 1) == "::" || follows == "use";
        self.tokens[self.at].is_name() && begins && follows != "::" && follows != "."
    }

    fn path(&mut self, mut segments: Vec<String>) {
        let mut line = 0;
        while let Some(token) = self.tokens.get(self.at).filter(|token| token.is_name() || token.text == "*")
        {
            segments.push(token.text.to_owned());
            line = token.line;
            self.at += 1;
            if self.text(self.at) != "::" {
                break;
            }
            self.at += 1;
        }
        if self.text(self.at) == "{" && self.text(self.at - 1) == "::" {
            return self.group(&segments);
        }
        if segments.len() > 1 && segments.last().is_some_and(|last| last == "self") {
            segments.pop();
        }
        self.found.push(NamedPath { line, segments, inline_modules: self.inline_modules });
    }

    fn group(&mut self, prefix: &[String]) {
        while self.at < self.tokens.len() && self.text(self.at) != "}" {
            self.at += 1;
            if self.tokens.get(self.at).is_some_and(|token| token.is_name() || token.text == "*") {
                self.path(prefix.to_vec());
            }
            // Skips `as another_name`.
            while self.at < self.tokens.len() && !matches!(self.text(self.at), "," | "}") {
                self.at += 1;
            }
        }
        self.at += 1;
    }
}
