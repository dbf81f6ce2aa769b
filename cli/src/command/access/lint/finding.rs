//! What lint finds: its codes, and how a finding is printed.

use std::fmt;

use runtime::printable;
use serde::{Serialize, Serializer};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Severity {
    /// Something is refused, open or broken.
    Error,
    /// Something is probably not what was meant, or cannot be known.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// Declares the codes once. A code that is released never changes its meaning.
macro_rules! codes {
    ($($code:ident $severity:ident $what:literal;)*) => {
        /// What kind of thing is wrong. `docs/lint.md` explains each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Code {
            $(#[doc = $what] $code,)*
        }

        impl Code {
            #[cfg(test)]
            pub(super) const ALL: &[Self] = &[$(Self::$code,)*];

            pub(super) const fn as_str(self) -> &'static str {
                match self { $(Self::$code => stringify!($code),)* }
            }

            pub(super) const fn severity(self) -> Severity {
                match self { $(Self::$code => Severity::$severity,)* }
            }
        }
    };
}

codes! {
    PL101 Error "a mistake in the table";
    PL102 Warning "a warning of `access build`";
    PL103 Warning "a scope that permits nothing";
    PL104 Warning "a scope that no role can use";
    PL105 Warning "two roles that permit the same";
    PL106 Warning "a public route that takes paths of a protected one";
    PL107 Warning "a tenant that no policy can compare";
    PL108 Warning "a permission that nobody can have";
    PL201 Error "an operation without a rule";
    PL202 Warning "a rule without an operation";
    PL203 Error "an operation whose method the table does not list";
    PL204 Error "public in the document, protected in the table";
    PL205 Error "protected in the document, public in the table";
    PL301 Error "a route without a rule";
    PL302 Warning "a rule without a route";
    PL303 Error "a route whose method the table does not list";
    PL304 Error "a route of many methods or paths in a closed table";
    PL305 Error "a protected rule whose route has no authorizer";
    PL306 Error "a rule whose route has another authorizer";
    PL307 Error "a public rule that needs a credential all the same";
    PL308 Error "a preflight that needs a credential";
    PL309 Warning "a route that is open to everybody and has no rule";
    PL401 Error "a cached answer, and the token is no identity source";
    PL402 Error "a cached answer about one request";
    PL403 Error "a cached simple answer";
    PL404 Error "identity sources that no request has together";
    PL405 Error "a cached answer, and the API key is no identity source";
    PL406 Warning "a revoked API key that is let in for a while";
    PL407 Error "a cached answer that depends on a tenant outside the path";
    PL408 Error "a cached answer of a webhook's gate";
    PL409 Error "simple answers where a policy is expected";
    PL410 Error "a tenant that a TOKEN authorizer does not get";
    PL411 Warning "a credential that a TOKEN authorizer does not get";
    PL412 Warning "a credential that API Gateway does not pass on";
    PL501 Error "a resource policy that allows, beside `none`";
    PL502 Warning "no resource policy that allows, beside `allows`";
    PL601 Warning "no gateway response with CORS headers";
    PL602 Warning "a gateway response without CORS headers";
    PL701 Error "a deployment that may be made too early";
    PL801 Error "users can write their own role or tenant";
    PL901 Warning "what the template alone does not say";
    PL902 Error "no authorizer of ours";
    PL903 Warning "an authorizer whose settings are not in the template";
}

#[derive(Debug, Serialize)]
pub(super) struct Finding {
    #[serde(serialize_with = "code")]
    pub(super) code: Code,
    severity: Severity,
    file: String,
    line: usize,
    /// What is wrong: lower case, no full stop.
    sentence: String,
    /// What to do: lower case, no full stop.
    remedy: String,
}

/// A finding as another command repeats it.
pub(in crate::command) struct Told {
    pub(in crate::command) code: &'static str,
    pub(in crate::command) is_error: bool,
    pub(in crate::command) sentence: String,
    pub(in crate::command) remedy: String,
}

fn code<S: Serializer>(code: &Code, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(code.as_str())
}

/// `file:line: error PL101: sentence. Remedy.`
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity, file, line, sentence, remedy, .. } = self;
        let code = self.code.as_str();
        writeln!(f, "{file}:{line}: {severity} {code}: {sentence}. {}.", capitalized(remedy))
    }
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

/// Everything that is found.
#[derive(Debug, Default, Serialize)]
pub(super) struct Findings {
    findings: Vec<Finding>,
}

impl Findings {
    pub(super) fn add(
        &mut self,
        code: Code,
        (file, line): (&str, usize),
        sentence: impl AsRef<str>,
        remedy: impl AsRef<str>,
    ) {
        self.findings.push(Finding {
            code,
            severity: code.severity(),
            file: file.to_owned(),
            line,
            sentence: printable(sentence.as_ref()),
            remedy: printable(remedy.as_ref()),
        });
    }

    /// By file and line, each once.
    pub(super) fn sort(&mut self) {
        let key = |a: &Finding| (a.file.clone(), a.line, a.code, a.sentence.clone());
        self.findings.sort_by_cached_key(key);
        self.findings.dedup_by(|a, b| key(a) == key(b));
    }

    /// Those of these codes, as sentences.
    pub(super) fn sentences(&self, codes: &[Code]) -> Vec<String> {
        let of_codes = self.findings.iter().filter(|finding| codes.contains(&finding.code));
        let sentence = |finding: &Finding| {
            let Finding { file, line, sentence, remedy, .. } = finding;
            format!("{file}:{line}: {sentence}: {remedy}")
        };
        of_codes.map(sentence).collect()
    }

    /// All of it, for another command.
    pub(super) fn told(self) -> Vec<Told> {
        let told = |finding: Finding| Told {
            code: finding.code.as_str(),
            is_error: finding.severity == Severity::Error,
            sentence: finding.sentence,
            remedy: finding.remedy,
        };
        self.findings.into_iter().map(told).collect()
    }

    pub(super) fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.findings.iter().try_for_each(|finding| finding.fmt(f))
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    /// The list in the documentation is the list in the code, with the same severities.
    #[test]
    fn every_code_is_documented_and_no_other() {
        let document = include_str!("../../../../../docs/lint.md");
        let rows = document.lines().filter(|line| line.starts_with("| PL"));
        let documented: Vec<String> = rows
            .map(|row| {
                let mut cells = row.split('|').map(str::trim).skip(1);
                format!("{} {}", cells.next().unwrap(), cells.next().unwrap())
            })
            .collect();
        let known = Code::ALL.iter();
        let known: Vec<String> =
            known.map(|code| format!("{} {}", code.as_str(), code.severity())).collect();
        assert_eq!(documented, known);
    }
}
