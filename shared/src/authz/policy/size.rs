//! What a policy weighs.

use crate::authz::policy::grant_sets::Holder;
use crate::authz::policy::statements::{Glob, Policy};
use crate::authz::table::error::Findings;
use crate::request::{MAX_ANSWER_BYTES, MAX_RESOURCE_BYTES};

/// The length that is assumed for `arn:{partition}:execute-api:{region}:{account}:{api}/{stage}/`: room
/// for a stage's name of about ten characters. A function measures the answer itself.
const PREFIX: usize = 72;
/// The length of the longest tenant id.
const TENANT: usize = 64;
/// The bytes of an answer without its resources: policy document, principal and context.
const FRAME: usize = 1200;
/// From here on an answer is worth a warning, in bytes.
const LARGE: usize = 32 * 1024;

/// Checks that the answer with `policy` is one that API Gateway takes.
pub(in crate::authz) fn check(policy: Policy<'_>, holder: &Holder, findings: &mut Findings<'_>) {
    for glob in policy.allow().chain(policy.deny()) {
        let resource = resource_of(glob);
        if resource > MAX_RESOURCE_BYTES {
            findings.errors.add(holder.line, format!(
                "the resource `{glob}` takes up to {resource} characters; {MAX_RESOURCE_BYTES} fit"
            ));
        }
    }
    let (size, name) = (of(policy), &holder.name);
    if size > MAX_ANSWER_BYTES {
        findings.errors.add(holder.line, format!(
            "the policy of {name} takes up to {size} bytes, and {MAX_ANSWER_BYTES} fit; split the API, or \
             write `policy = \"request\"` under `[gateway]`"
        ));
    } else if size >= LARGE {
        findings.warnings.add(
            holder.line,
            format!(
                "the policy of {name} takes up to {size} of the {MAX_ANSWER_BYTES} bytes that fit"
            ),
        );
    }
}

/// How many bytes the answer with `policy` takes at most.
pub(in crate::authz) fn of(policy: Policy<'_>) -> usize {
    let globs = policy.allow().chain(policy.deny());
    // Quotes and a comma.
    FRAME + globs.map(|glob| resource_of(glob) + 3).sum::<usize>()
}

fn resource_of(glob: Glob<'_>) -> usize {
    PREFIX + glob.rendered_len(TENANT)
}
