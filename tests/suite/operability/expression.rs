//! The metric math that the template uses: numbers, names, `+ - * /`, comparisons, `IF` and `FILL`.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html>

/// The value of `text` in one period, in which `lookup` knows the metrics; `None` where one of them has no data
/// that is needed.
pub(super) fn value(text: &str, lookup: &dyn Fn(&str) -> Option<f64>) -> Option<f64> {
    let mut parser = Parser { rest: text.trim(), lookup };
    let value = parser.comparison();
    assert_eq!(parser.rest, "", "`{text}`: what is left over");
    value
}

struct Parser<'t> {
    rest: &'t str,
    lookup: &'t dyn Fn(&str) -> Option<f64>,
}

impl<'t> Parser<'t> {
    fn comparison(&mut self) -> Option<f64> {
        let left = self.sum();
        let Some(sign) = [">=", "<=", ">", "<"].into_iter().find(|sign| self.takes(sign)) else {
            return left;
        };
        let (left, right) = (left, self.sum());
        let (left, right) = (left?, right?);
        let holds = match sign {
            ">=" => left >= right,
            "<=" => left <= right,
            ">" => left > right,
            _ => left < right,
        };
        Some(f64::from(u8::from(holds)))
    }

    fn sum(&mut self) -> Option<f64> {
        let mut value = self.product();
        loop {
            let sign = if self.takes("+") {
                1.0
            } else if self.takes("-") {
                -1.0
            } else {
                return value;
            };
            let next = self.product();
            value = value.zip(next).map(|(value, next)| value + sign * next);
        }
    }

    fn product(&mut self) -> Option<f64> {
        let mut value = self.atom();
        loop {
            let is_product = self.takes("*");
            if !is_product && !self.takes("/") {
                return value;
            }
            let next = self.atom();
            let of =
                |(value, next): (f64, f64)| if is_product { value * next } else { value / next };
            value = value.zip(next).map(of);
        }
    }

    fn atom(&mut self) -> Option<f64> {
        if self.takes("(") {
            let value = self.comparison();
            self.expects(")");
            return value;
        }
        let word = self.word();
        assert!(!word.is_empty(), "neither name nor number at `{}`", self.rest);
        match word {
            "IF" => {
                let [condition, yes, no] = self.arguments();
                if condition? == 0.0 { no } else { yes }
            }
            "FILL" => {
                let [value, otherwise] = self.arguments();
                value.or(otherwise)
            }
            name => name.parse().ok().or_else(|| (self.lookup)(name)),
        }
    }

    fn arguments<const N: usize>(&mut self) -> [Option<f64>; N] {
        self.expects("(");
        let arguments = std::array::from_fn(|index| {
            if index > 0 {
                self.expects(",");
            }
            self.comparison()
        });
        self.expects(")");
        arguments
    }

    fn word(&mut self) -> &'t str {
        let is_end = |c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.';
        let (word, rest) = self.rest.split_at(self.rest.find(is_end).unwrap_or(self.rest.len()));
        self.rest = rest.trim_start();
        word
    }

    fn takes(&mut self, sign: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(sign) else { return false };
        self.rest = rest.trim_start();
        true
    }

    fn expects(&mut self, sign: &str) {
        assert!(self.takes(sign), "no `{sign}` at `{}`", self.rest);
    }
}

#[test]
fn expressions() {
    let lookup = |name: &str| match name {
        "a" => Some(6.0),
        "b" => Some(2.0),
        "none" => None,
        name => panic!("no metric `{name}`"),
    };
    let check =
        |text: &str, expected: Option<f64>| assert_eq!(value(text, &lookup), expected, "{text}");
    check("a", Some(6.0));
    check("1 + a * b - 3", Some(10.0));
    check("100 * (a - b) / 8", Some(50.0));
    check("a - b - 1", Some(3.0));
    check("IF(a >= 6, a / b, 0)", Some(3.0));
    check("IF(a > 6, a / b, 0)", Some(0.0));
    check("IF(none >= 6, 1, 0)", None);
    check("IF(a >= 6, 1, none)", Some(1.0));
    check("a + none", None);
    check("FILL(none, 0) + FILL(a, 0)", Some(6.0));
    check("(a < b) + (b <= 2)", Some(1.0));
}
