//! Just enough of an HTML parser to hold pages to rules: it fails on what a browser would have to repair.

pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    /// Indexes of the elements around it, outermost first.
    pub around: Vec<usize>,
    /// Text directly or deeper inside, with entities as written.
    pub text: String,
}

const VOID: [&str; 7] = ["meta", "link", "img", "input", "hr", "br", "wbr"];

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// The elements in the order of their opening tags, or what is wrong.
pub fn parse(html: &str) -> Result<Vec<Element>, String> {
    let mut elements: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        let text = &rest[..start];
        if text.contains('>') {
            return Err(format!("a bare > in {text:?}"));
        }
        for index in &open {
            elements[*index].text.push_str(text);
        }
        let end = tag_end(&rest[start..]).ok_or_else(|| format!("an open tag: {:.60}", &rest[start..]))?;
        let tag = &rest[start + 1..start + end];
        rest = &rest[start + end + 1..];
        if tag.starts_with('!') {
            continue;
        }
        if let Some(name) = tag.strip_prefix('/') {
            let index = open.pop().ok_or_else(|| format!("</{name}> closes nothing"))?;
            if elements[index].name != name {
                return Err(format!("<{}> is closed by </{name}>", elements[index].name));
            }
            continue;
        }
        let element = element(tag, &open)?;
        if !VOID.contains(&element.name.as_str()) {
            open.push(elements.len());
        }
        elements.push(element);
    }
    match open.last() {
        Some(index) => Err(format!("<{}> is not closed", elements[*index].name)),
        None => Ok(elements),
    }
}

fn tag_end(text: &str) -> Option<usize> {
    let mut quoted = None;
    text.char_indices().find_map(|(index, letter)| match (quoted, letter) {
        (None, '>') => Some(index),
        (None, '"' | '\'') => {
            quoted = Some(letter);
            None
        }
        (Some(quote), _) if quote == letter => {
            quoted = None;
            None
        }
        _ => None,
    })
}

fn element(tag: &str, open: &[usize]) -> Result<Element, String> {
    let name_end = tag.find(char::is_whitespace).unwrap_or(tag.len());
    let name = tag[..name_end].to_owned();
    if name.is_empty() || !name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit()) {
        return Err(format!("a strange tag: <{tag}>"));
    }
    let mut attributes: Vec<(String, String)> = Vec::new();
    let mut rest = tag[name_end..].trim_start();
    while !rest.is_empty() {
        let name_end =
            rest.find(|letter: char| letter == '=' || letter.is_whitespace()).unwrap_or(rest.len());
        let attribute = rest[..name_end].to_owned();
        rest = &rest[name_end..];
        let mut value = String::new();
        if let Some(quoted) = rest.strip_prefix("=\"") {
            let end = quoted.find('"').ok_or_else(|| format!("an open value in <{tag}>"))?;
            value.push_str(&quoted[..end]);
            rest = &quoted[end + 1..];
            if !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
                return Err(format!("no space between attributes in <{tag}>"));
            }
        } else if rest.starts_with('=') {
            return Err(format!("a value without double quotes in <{tag}>"));
        }
        if attributes.iter().any(|(found, _)| *found == attribute) {
            return Err(format!("{attribute} twice in <{tag}>"));
        }
        attributes.push((attribute, value));
        rest = rest.trim_start();
    }
    Ok(Element { name, attributes, around: open.to_vec(), text: String::new() })
}
