//! Settings: read once, through a lookup, every mistake reported at once.

use std::path::Path;
use std::{fmt, io};

/// Everything that is wrong with the settings, one sentence each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError(pub Vec<String>);

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for SettingsError {}

impl From<String> for SettingsError {
    fn from(sentence: String) -> Self {
        Self(vec![sentence])
    }
}

/// Looks up a setting: the value of a name.
pub type Lookup<'l> = &'l dyn Fn(&str) -> Option<String>;

/// Reads a file: all bytes of a path.
pub type Files<'f> = &'f dyn Fn(&Path) -> io::Result<Vec<u8>>;

/// Reads settings through a lookup and collects the mistakes in them. An empty setting counts as
/// not set, and blanks around a value are ignored.
pub struct Reader<'l> {
    lookup: Lookup<'l>,
    mistakes: Vec<String>,
}

impl<'l> Reader<'l> {
    /// A reader of what `lookup` finds under the name of a setting.
    pub const fn new(lookup: Lookup<'l>) -> Self {
        Self { lookup, mistakes: Vec::new() }
    }

    /// `read`, unless a mistake was found.
    ///
    /// # Errors
    /// Every mistake there is, not only the first.
    pub fn finish<T>(self, read: T) -> Result<T, SettingsError> {
        if self.mistakes.is_empty() { Ok(read) } else { Err(SettingsError(self.mistakes)) }
    }

    /// The setting's value, if it is set.
    pub fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// The setting's value. Not to set it is a mistake, which says that it must hold `what`.
    pub fn required(&mut self, name: &str, what: &str) -> String {
        let set = self.optional(name);
        if set.is_none() {
            self.mistake(format!("`{name}` is not set: it must hold {what}"));
        }
        set.unwrap_or_default()
    }

    /// One of two choices, the first if nothing is set.
    pub fn choice<T: Copy>(&mut self, name: &str, choices: [(&str, T); 2]) -> T {
        let [(first, default), (second, other)] = choices;
        match self.optional(name) {
            None => default,
            Some(text) if text == first => default,
            Some(text) if text == second => other,
            Some(text) => {
                self.mistake(format!("`{name}` is `{text}`: it must be `{first}` or `{second}`"));
                default
            }
        }
    }

    /// The values in `all` that the setting names, at least one, each once.
    pub fn some_of<T: Copy + PartialEq>(&mut self, name: &str, all: &[(&str, T)]) -> Vec<T> {
        let names: Vec<String> = all.iter().map(|(text, _)| format!("`{text}`")).collect();
        let names = names.join(", ");
        let mut chosen = Vec::new();
        for item in self.required_list(name, &format!("any of {names}")) {
            match all.iter().find(|(text, _)| *text == item) {
                Some((_, one)) if !chosen.contains(one) => chosen.push(*one),
                Some(_) => self.mistake(format!("`{name}` names `{item}` twice")),
                None => {
                    self.mistake(format!("`{name}` names `{item}`, which is none of {names}"));
                }
            }
        }
        chosen
    }

    /// The items between commas; at least one.
    pub fn required_list(&mut self, name: &str, what: &str) -> Vec<String> {
        let list = self.list(name);
        if list.is_empty() && self.optional(name).is_none() {
            self.mistake(format!("`{name}` is not set: it must hold {what}, separated by commas"));
        }
        list
    }

    /// The items between commas, if any.
    pub fn list(&mut self, name: &str) -> Vec<String> {
        let Some(text) = self.optional(name) else { return Vec::new() };
        let items: Vec<String> = text.split(',').map(|item| item.trim().to_owned()).collect();
        if items.iter().any(String::is_empty) {
            self.mistake(format!("`{name}` has an empty item between its commas"));
        }
        items.into_iter().filter(|item| !item.is_empty()).collect()
    }

    /// Adds a mistake: a sentence that names the setting in backticks.
    pub fn mistake(&mut self, sentence: impl Into<String>) {
        self.mistakes.push(sentence.into());
    }
}
