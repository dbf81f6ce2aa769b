//! Routes of an API and of a table, compared. Names of parameters do not count.

/// `path` without the names of its parameters.
pub(crate) fn shape(path: &str) -> String {
    let of = |segment: &str| match segment {
        _ if !segment.starts_with('{') => segment.to_owned(),
        _ if segment.ends_with("+}") => "{+}".to_owned(),
        _ => "{}".to_owned(),
    };
    path.split('/').map(of).collect::<Vec<_>>().join("/")
}

/// A request for `path`, whose parameters are like no literal of a table.
pub(crate) fn sample(path: &str) -> String {
    let of = |segment: &str| match segment {
        _ if !segment.starts_with('{') => segment.to_owned(),
        _ if segment.ends_with("+}") => "0x0/0x0".to_owned(),
        _ => "0x0".to_owned(),
    };
    path.split('/').map(of).collect::<Vec<_>>().join("/")
}

/// Whether `path` is one that takes many: `$default`, or with `{name+}` at its end.
pub(crate) fn is_greedy(path: &str) -> bool {
    path == "$default" || path.ends_with("+}")
}

/// Whether a greedy `route` takes the paths of `rule`, where no other route does.
pub(crate) fn takes(route: &str, rule: &str) -> bool {
    if route == "$default" {
        return rule != "$connect";
    }
    let Some((before, last)) = route.rsplit_once('/') else { return false };
    if !last.ends_with("+}") || !last.starts_with('{') {
        return false;
    }
    let (before, rule) = (shape(before), shape(rule));
    let mut segments = rule.split('/');
    let all = before.split('/').all(|own| {
        segments.next().is_some_and(|other| own == other || own == "{}" && other != "{+}")
    });
    all && segments.next().is_some_and(|next| !next.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{sample, shape, takes};

    #[test]
    fn names_do_not_count() {
        assert_eq!(shape("/a/{id}/b/{rest+}"), "/a/{}/b/{+}");
        assert_eq!(sample("/a/{id}/{rest+}"), "/a/0x0/0x0/0x0");
    }

    #[test]
    fn what_a_greedy_route_takes() {
        for (route, rule, expected) in [
            ("$default", "/a", true),
            ("$default", "$connect", false),
            ("/{proxy+}", "/a", true),
            ("/{proxy+}", "/", false),
            ("/{proxy+}", "/{x+}", true),
            ("/a/{proxy+}", "/a/{id}/b", true),
            ("/a/{proxy+}", "/a", false),
            ("/a/{proxy+}", "/b/c", false),
            ("/{x}/{proxy+}", "/a/b", true),
            ("/a/{id}", "/a/b", false),
        ] {
            assert_eq!(takes(route, rule), expected, "{route} {rule}");
        }
    }
}
