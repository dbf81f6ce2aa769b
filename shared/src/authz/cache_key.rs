//! Whether API Gateway uses a cached answer for other requests than the one it is for.

use crate::authz::access_table::{AccessTable, Matched};
use crate::request::Request;

/// Whether a simple "yes" to `request` is cached for no request that the table may refuse: API Gateway
/// caches nothing, or method and path are among the identity sources. The key of a route stands for its
/// method, and for its path if all of that route's paths are decided alike.
pub(in crate::authz) fn is_cached_by_route(
    request: &Request<'_>,
    route: Option<&Matched<'_>>,
    table: &AccessTable,
) -> bool {
    if request.identity_sources.is_none() {
        return true;
    }
    let Some(method) = request.arn.method() else { return false };
    let key = request.route_key.as_deref().filter(|key| request.is_cached_by(key));
    let of_method =
        key.is_some_and(|key| key.split_once(' ').is_some_and(|(verb, _)| verb == method));
    let of_path = request.matched_path().filter(|_| key.is_some());
    let by_key =
        of_path.is_some_and(|path| route.is_some_and(|route| table.decides_all_alike(path, route)));
    let path = request.arn.path();
    // `$context.path` begins with the stage, unless that is `$default`.
    let paths = [Some(path), request.raw_path.as_deref()];
    let by_path = paths.into_iter().flatten().any(|path| request.is_cached_by(path))
        || request.is_cached_by(&format!("/{}{path}", request.arn.stage()));
    (request.is_cached_by(method) || of_method) && (by_path || by_key)
}
