//! One value as displayed: plain text on one line, with a color.

use std::fmt::Display;

use clap::builder::styling::{AnsiColor, Style};

pub const BOLD: Style = Style::new().bold();
pub const DIM: Style = Style::new().dimmed();
pub const GOOD: Style = AnsiColor::Green.on_default();
pub const WARNING: Style = AnsiColor::Yellow.on_default();
pub const BAD: Style = AnsiColor::Red.on_default();

#[derive(Clone, Debug)]
pub struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// The text without its color.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn style(&self) -> Style {
        self.style
    }

    pub fn painted(style: Style, text: impl Display) -> Self {
        Self { text: on_one_line(text), style }
    }

    /// A missing value is shown as a dash, so that columns stay distinguishable.
    pub fn or_dash<T: Into<Self>>(value: Option<T>) -> Self {
        value.map_or_else(|| Self::painted(DIM, "-"), Into::into)
    }

    pub fn or_never<T: Into<Self>>(value: Option<T>) -> Self {
        value.map_or_else(|| "never".into(), Into::into)
    }

    pub fn text_or_dash(text: &str) -> Self {
        Self::or_dash((!text.is_empty()).then_some(text))
    }

    pub fn joined<T: Display>(values: impl IntoIterator<Item = T>) -> Self {
        let texts: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
        Self::or_dash((!texts.is_empty()).then(|| texts.join(", ")))
    }

    pub fn status(status: &str) -> Self {
        let style = match status {
            "active" => GOOD,
            "expired" => WARNING,
            _ => BAD,
        };
        Self::painted(style, status)
    }
}

impl<T: Display> From<T> for Cell {
    fn from(value: T) -> Self {
        Self::painted(Style::new(), value)
    }
}

pub fn painted(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Text from other parties must not move the cursor or change the reading order of the rest of the line.
pub fn on_one_line(text: impl Display) -> String {
    let is_plain = |c: char| {
        !c.is_control()
            && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.to_string().chars().map(|c| if is_plain(c) { c } else { ' ' }).collect()
}
