//! The conditions of a statement.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

use core::net::IpAddr;

use ipnet::IpNet;
use serde_json::Value;
use shared::time::Timestamp;

use super::PolicyError;
use super::read::{malformed, strings};
use crate::gateway::moment;
use crate::gateway::trace::Note;

/// One operator with one key. All conditions of a statement must hold.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    /// The caller's address is in one of the networks, or in none of them.
    SourceIp { within: bool, networks: Vec<IpNet> },
    /// The moment of the request, compared with one of the times, or with none of them.
    CurrentTime { date: Date, times: Vec<Timestamp> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Date {
    Equals,
    NotEquals,
    LessThan,
    LessThanEquals,
    GreaterThan,
    GreaterThanEquals,
}

impl Condition {
    pub(super) fn holds(&self, source_ip: IpAddr, now: Timestamp) -> bool {
        match self {
            Self::SourceIp { within, networks } => {
                networks.iter().any(|network| network.contains(&source_ip)) == *within
            }
            Self::CurrentTime { date, times } => date.holds(now, times),
        }
    }
}

impl Date {
    fn parse(operator: &str) -> Option<Self> {
        Some(match operator {
            "DateEquals" => Self::Equals,
            "DateNotEquals" => Self::NotEquals,
            "DateLessThan" => Self::LessThan,
            "DateLessThanEquals" => Self::LessThanEquals,
            "DateGreaterThan" => Self::GreaterThan,
            "DateGreaterThanEquals" => Self::GreaterThanEquals,
            _ => return None,
        })
    }

    fn holds(self, now: Timestamp, times: &[Timestamp]) -> bool {
        let mut times = times.iter().copied();
        match self {
            Self::Equals => times.any(|time| now == time),
            Self::NotEquals => times.all(|time| now != time),
            Self::LessThan => times.any(|time| now < time),
            Self::LessThanEquals => times.any(|time| now <= time),
            Self::GreaterThan => times.any(|time| now > time),
            Self::GreaterThanEquals => times.any(|time| now >= time),
        }
    }
}

/// Reads the member `Condition`.
///
/// # Errors
/// It is malformed, or has another operator or key than those that are evaluated here.
pub(super) fn read(value: &Value, notes: &mut Vec<Note>) -> Result<Vec<Condition>, PolicyError> {
    let operators = value.as_object().ok_or_else(|| malformed("`Condition` is not an object"))?;
    let mut conditions = Vec::new();
    for (operator, keys) in operators {
        let keys = keys.as_object();
        let keys = keys.ok_or_else(|| malformed("a condition's operator is not an object"))?;
        for (key, values) in keys {
            conditions.push(condition(operator, key, values, notes)?);
        }
    }
    Ok(conditions)
}

fn condition(
    operator: &str,
    key: &str,
    values: &Value,
    notes: &mut Vec<Note>,
) -> Result<Condition, PolicyError> {
    let texts = strings(values).ok_or_else(|| malformed("a condition's values are not strings"))?;
    let is = |name: &str| key.eq_ignore_ascii_case(name);
    match (operator, Date::parse(operator)) {
        ("IpAddress" | "NotIpAddress", _) if is("aws:SourceIp") => {
            let networks = texts.iter().map(|text| network(text)).collect::<Option<_>>();
            let networks = networks.ok_or_else(|| malformed("`aws:SourceIp` has no network"))?;
            Ok(Condition::SourceIp { within: operator == "IpAddress", networks })
        }
        (_, Some(date)) if is("aws:CurrentTime") => {
            let times = texts.iter().map(|text| moment::parse(text)).collect::<Option<_>>();
            let times = times.ok_or_else(|| malformed("`aws:CurrentTime` has no moment"))?;
            notes.push(Note::assumed("`aws:CurrentTime` is evaluated as IAM documents it"));
            Ok(Condition::CurrentTime { date, times })
        }
        _ => Err(PolicyError::Unknown(
            "a condition has another operator or key than `aws:SourceIp` and `aws:CurrentTime` take"
                .to_owned(),
        )),
    }
}

fn network(text: &str) -> Option<IpNet> {
    match text.parse::<IpAddr>() {
        Ok(address) => Some(IpNet::from(address)),
        Err(_) => text.parse().ok(),
    }
}
