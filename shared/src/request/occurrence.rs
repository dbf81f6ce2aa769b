//! How often a header or a query parameter occurs in a request.

/// How often it occurs, and with how many values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occurrence<T> {
    /// Not at all, or only as `null`.
    Absent,
    /// Once, or more than once with the same value.
    Single(T),
    /// More than once with different values: another reader may use another one than this function.
    Conflicting,
}

impl<'v> Occurrence<&'v str> {
    /// The occurrence that `values` are together.
    pub(crate) fn of(values: impl IntoIterator<Item = &'v str>) -> Self {
        let mut occurrence = Self::Absent;
        for value in values {
            occurrence = match occurrence {
                Self::Absent => Self::Single(value),
                Self::Single(first) if first == value => Self::Single(first),
                _ => return Self::Conflicting,
            };
        }
        occurrence
    }
}
