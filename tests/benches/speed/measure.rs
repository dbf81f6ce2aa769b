//! Timing two things side by side.

use std::time::{Duration, Instant};

use crate::Result;

/// Short enough that drift hits both sides alike, long enough that each side runs warm.
const ROUND: usize = 64;

/// What one side measured, in microseconds, in ascending order.
pub(crate) struct Measured(Vec<f64>);

impl Measured {
    pub(crate) fn new(durations: impl IntoIterator<Item = Duration>) -> Self {
        let mut microseconds: Vec<f64> =
            durations.into_iter().map(|duration| duration.as_secs_f64() * 1e6).collect();
        microseconds.sort_by(f64::total_cmp);
        Self(microseconds)
    }

    pub(crate) fn minimum(&self) -> f64 {
        self.at(0)
    }

    pub(crate) fn median(&self) -> f64 {
        self.at(50)
    }

    pub(crate) fn p99(&self) -> f64 {
        self.at(99)
    }

    fn at(&self, percent: usize) -> f64 {
        self.0.get(self.0.len() * percent / 100).copied().unwrap_or(f64::NAN)
    }
}

/// Times `a` and `b` on every one of `inputs`, in turns of [`ROUND`] inputs: A B A B.
pub(crate) fn interleave<T>(
    inputs: &[T],
    a: impl Fn(&T) -> Result<()>,
    b: impl Fn(&T) -> Result<()>,
) -> Result<[Measured; 2]> {
    let (mut of_a, mut of_b) = (Vec::new(), Vec::new());
    for round in inputs.chunks(ROUND) {
        for input in round {
            of_a.push(time(|| a(input))?);
        }
        for input in round {
            of_b.push(time(|| b(input))?);
        }
    }
    Ok([Measured::new(of_a), Measured::new(of_b)])
}

/// How long `work` takes.
pub(crate) fn time(work: impl FnOnce() -> Result<()>) -> Result<Duration> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}
