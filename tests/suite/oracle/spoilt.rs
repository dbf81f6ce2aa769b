//! Randomness from a seed, and what it does to tokens.

use serde_json::Value;

/// `SplitMix64`: the same numbers from the same seed.
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `bound`.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % u64::try_from(bound).unwrap()).unwrap()
    }

    pub(super) fn pick<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }
}

/// `value` as text, in one of the ways to write it that mean the same, or nearly.
pub(super) fn written(random: &mut Random, value: &Value) -> String {
    let text = value.to_string();
    match random.below(24) {
        0 => format!("{value:#}"),
        1 => format!(" \t\r\n{text}\n "),
        // The names with an escape in them.
        2 => text.replacen("\"a", "\"\\u0061", 1),
        3 => text.replace("\"kid\"", "\"k\\u0069d\"").replace("\"sub\"", "\"\\u0073ub\""),
        4 => text.replace('/', "\\/"),
        // A name twice.
        5 => text.replacen('{', "{\"custom:role\":\"itsm_agent\",", 1),
        6 => text.replacen('{', "{\"alg\":\"RS256\",\"exp\":4102444800,", 1),
        7 => text.replacen('{', "{\"x\":{\"y\":1,\"y\":2},", 1),
        8 => format!("{text}{text}"),
        9 => format!("[{text}]"),
        _ => text,
    }
}

/// `token` with something done to it after it was signed; `other` is another signed token.
pub(super) fn spoil(random: &mut Random, token: &str, other: &str) -> String {
    let parts: Vec<&str> = token.split('.').collect();
    let others: Vec<&str> = other.split('.').collect();
    let part = random.below(3);
    match random.below(12) {
        0 => replaced(&parts, part, others[part].to_owned()),
        1 => replaced(&parts, part, format!("{}=", parts[part])),
        2 => replaced(&parts, part, format!("{}\n", parts[part])),
        3 => replaced(&parts, part, String::new()),
        // The bits after the last byte.
        4 => replaced(&parts, part, with_last_changed(random, parts[part])),
        5 => replaced(&parts, part, parts[part].replace('-', "+").replace('_', "/")),
        6 => replaced(&parts, part, parts[part].to_uppercase()),
        7 => format!("{token}.{}", parts[part]),
        8 => parts[..2].join("."),
        9 => format!(" {token}"),
        10 => token.replacen('.', "..", 1),
        _ => with_one_changed(random, token),
    }
}

fn replaced(parts: &[&str], at: usize, by: String) -> String {
    let mut parts: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
    parts[at] = by;
    parts.join(".")
}

fn with_last_changed(random: &mut Random, part: &str) -> String {
    let (start, _) = part.split_at(part.len() - 1);
    format!("{start}{}", character(random))
}

fn with_one_changed(random: &mut Random, token: &str) -> String {
    let at = random.below(token.len());
    let (start, rest) = token.split_at(at);
    let (_, end) = rest.split_at(1);
    format!("{start}{}{end}", character(random))
}

fn character(random: &mut Random) -> char {
    const ALL: &[u8; 68] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/";
    char::from(ALL[random.below(ALL.len())])
}
