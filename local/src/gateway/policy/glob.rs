//! The wildcards of IAM.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>

/// Whether a glob matches an ARN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GlobMatch {
    Yes,
    No,
    /// Only if a wildcard reaches from one part of the ARN into the next.
    Unknown,
}

/// Whether `glob` matches all of `arn`. A wildcard stays within its part of the ARN, between two `:`,
/// unless it is the last one of a glob that has fewer parts.
pub(super) fn matches_arn(glob: &str, arn: &str) -> GlobMatch {
    let count = glob.splitn(6, ':').count();
    let mut parts = glob.splitn(count, ':').zip(arn.splitn(count, ':'));
    let whole = matches_text(glob, arn);
    let by_parts = arn.splitn(count, ':').count() == count
        && parts.all(|(glob, part)| matches_text(glob, part));
    match (whole, by_parts) {
        (true, true) => GlobMatch::Yes,
        (true, false) => GlobMatch::Unknown,
        // Parts that match make a whole that matches.
        (false, _) => GlobMatch::No,
    }
}

/// Whether `glob` matches all of `text`: `*` is any characters or none, `?` is exactly one. It takes time in
/// proportion to the product of both lengths.
pub(super) fn matches_text(glob: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    // Whether what was read of the glob matches the first n characters.
    let mut reached: Vec<bool> = vec![false; text.len() + 1];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    for wanted in glob.chars() {
        let mut next = Vec::with_capacity(reached.len());
        if wanted == '*' {
            let mut any = false;
            next.extend(reached.iter().map(|&here| {
                any |= here;
                any
            }));
        } else {
            let takes =
                |(&before, &found): (&bool, &char)| before && (wanted == '?' || wanted == found);
            next.push(false);
            next.extend(reached.iter().zip(&text).map(takes));
        }
        reached = next;
    }
    reached.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::GlobMatch::{self, No, Unknown, Yes};
    use super::{matches_arn, matches_text};

    #[test]
    fn texts() {
        let check = |glob: &str, text: &str, expected: bool| {
            assert_eq!(matches_text(glob, text), expected, "{glob} {text}");
        };
        check("", "", true);
        check("", "a", false);
        check("*", "", true);
        check("*", "a/b", true);
        check("?", "", false);
        check("?", "é", true);
        check("a*c", "abbc", true);
        check("a*c", "abbd", false);
        check("*b*", "aba", true);
        check("a?c", "a/c", true);
        check("A", "a", false);
        check("a*a*a*a*b", &"a".repeat(300), false);
    }

    #[test]
    fn arns() {
        let check = |glob: &str, expected: GlobMatch| {
            let arn = "arn:aws:execute-api:eu-central-1:123456789012:abc/prod/GET/a:b";
            assert_eq!(matches_arn(glob, arn), expected, "{glob}");
        };
        check("*", Yes);
        check("arn:*", Yes);
        check("arn:aws:execute-api:*", Yes);
        check("arn:aws:execute-api:*:*:*", Yes);
        check("arn:aws:execute-api:eu-*:*:abc/*/GET/*", Yes);
        check("arn:aws:execute-api:eu-central-1:123456789012:abc/prod/GET/a:b", Yes);
        check("arn:aws:execute-api:eu-central-1:123456789012:abc/prod/GET/a:?", Yes);
        check("arn:aws:execute-api:eu-central-1:123456789012:abc/prod/GET/a", No);
        check("arn:aws:execute-api:us-*:*:abc/*", No);
        check("arn:*:abc/prod/GET/a:b", Unknown);
        check("arn:aws:*:abc/*", Unknown);
        check("execute-api:/prod/GET/*", No);
    }
}
