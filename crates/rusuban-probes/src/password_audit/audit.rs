//! Tries candidates on stored hashes within a time budget, the likeliest on every account first, so that time that runs
//! out leaves no account wholly untried. Knows nothing of files and of where the hashes come from.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rusuban_core::world::password_audit::AuditOutcome;
use zeroize::Zeroizing;

use super::scheme::{CONTROL_PASSWORD, Kind, Scheme, Target};

/// A password to try.
pub type Candidate = Zeroizing<Vec<u8>>;

/// One account whose hash passwords are tried on.
pub struct Job {
    /// Its hash.
    pub hash: Zeroizing<String>,
    /// What is tried on it alone, likeliest first.
    pub own: Vec<Candidate>,
}

/// What is tried on every account, and how long that may take.
pub struct Plan<'a> {
    /// Passwords, likeliest first.
    pub common: &'a [Candidate],
    /// How many of `common` come before an account's own candidates but for the first of these.
    pub lead: usize,
    /// How long trying may take in all. One try that would end later is not begun.
    pub budget: Duration,
    /// On how many threads.
    pub threads: usize,
}

/// One account while passwords are tried on it.
struct Row<'a> {
    target: Target<'a>,
    own: &'a [Candidate],
    nanos_per_try: u64,
    tried: AtomicU64,
    found: AtomicBool,
    stopped: AtomicBool,
    unusable: AtomicBool,
}

impl<'a> Row<'a> {
    fn candidate(&self, plan: &Plan<'a>, place: usize) -> Option<&'a Candidate> {
        let lead = plan.lead.min(plan.common.len());
        let rest = self.own.len().saturating_sub(1);
        match place {
            0 => self.own.first(),
            _ if place <= lead => plan.common.get(place - 1),
            _ if place <= lead + rest => self.own.get(place - lead),
            _ => plan.common.get(place - rest - 1),
        }
    }

    fn length(&self, plan: &Plan<'_>) -> usize {
        self.own.len().max(1) + plan.common.len()
    }

    fn outcome(&self, plan: &Plan<'_>) -> AuditOutcome {
        let tried = self.tried.load(Ordering::Acquire);
        let of = (self.own.len() + plan.common.len()) as u64;
        if self.found.load(Ordering::Acquire) {
            AuditOutcome::Common
        } else if self.unusable.load(Ordering::Acquire) {
            AuditOutcome::Unsupported
        } else if tried < of {
            AuditOutcome::NotFinished { tried, of }
        } else {
            AuditOutcome::NotInList { tried }
        }
    }
}

/// What one try of a scheme costs here, found out by the control; none where the control failed.
type Controls = BTreeMap<Scheme, Option<u64>>;

/// Tries the plan's passwords on all jobs. The outcomes stand in the order of the jobs.
pub fn run(jobs: &[Job], plan: &Plan<'_>) -> Vec<AuditOutcome> {
    let deadline = Instant::now() + plan.budget;
    let controls = controls(jobs);
    let rows: Vec<Result<Row<'_>, AuditOutcome>> = jobs.iter().map(|job| row(job, &controls)).collect();
    let live: Vec<&Row<'_>> = rows.iter().filter_map(|row| row.as_ref().ok()).collect();
    let cells = live.iter().map(|row| row.length(plan)).max().unwrap_or(0).saturating_mul(live.len());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..plan.threads.max(1) {
            scope.spawn(|| work(&live, plan, &next, cells, deadline));
        }
    });
    rows.iter().map(|row| row.as_ref().map_or_else(Clone::clone, |row| row.outcome(plan))).collect()
}

/// Verifies each scheme that occurs against a hash whose password is known, and against a password that is not its own.
fn controls(jobs: &[Job]) -> Controls {
    let mut controls = Controls::new();
    for job in jobs {
        if let Kind::Tried(scheme) = Kind::of(&job.hash) {
            controls.entry(scheme).or_insert_with(|| control(scheme, scheme.control()));
        }
    }
    controls
}

/// Nanoseconds for one unit of cost, times 1024; none where the scheme does not work here.
fn control(scheme: Scheme, hash: &str) -> Option<u64> {
    let target = Target::new(scheme, hash).ok()?;
    let begin = Instant::now();
    let sees = target.matches(CONTROL_PASSWORD) == Ok(true) && target.matches(b"another") == Ok(false);
    let nanos = u64::try_from(begin.elapsed().as_nanos() / 2).unwrap_or(u64::MAX);
    sees.then(|| nanos.saturating_mul(1024) / target.cost.max(1))
}

fn row<'a>(job: &'a Job, controls: &Controls) -> Result<Row<'a>, AuditOutcome> {
    let Kind::Tried(scheme) = Kind::of(&job.hash) else { return Err(AuditOutcome::Unsupported) };
    let Some(Some(per_unit)) = controls.get(&scheme) else { return Err(AuditOutcome::ControlFailed) };
    let target = Target::new(scheme, &job.hash).map_err(|_| AuditOutcome::Unsupported)?;
    let nanos_per_try = target.cost.saturating_mul(*per_unit) / 1024;
    Ok(Row {
        target,
        own: &job.own,
        nanos_per_try,
        tried: AtomicU64::new(0),
        found: AtomicBool::new(false),
        stopped: AtomicBool::new(false),
        unusable: AtomicBool::new(false),
    })
}

fn work(rows: &[&Row<'_>], plan: &Plan<'_>, next: &AtomicUsize, cells: usize, deadline: Instant) {
    loop {
        let cell = next.fetch_add(1, Ordering::Relaxed);
        if cell >= cells {
            return;
        }
        let (place, column) = (cell / rows.len(), cell % rows.len());
        let Some(row) = rows.get(column) else { return };
        if row.stopped.load(Ordering::Relaxed) {
            continue;
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        if Duration::from_nanos(row.nanos_per_try) > left {
            row.stopped.store(true, Ordering::Relaxed);
            continue;
        }
        if let Some(candidate) = row.candidate(plan, place) {
            attempt(row, candidate);
        }
    }
}

fn attempt(row: &Row<'_>, candidate: &Candidate) {
    match row.target.matches(candidate) {
        Ok(false) => {
            row.tried.fetch_add(1, Ordering::AcqRel);
        }
        Ok(true) => {
            row.found.store(true, Ordering::Release);
            row.stopped.store(true, Ordering::Relaxed);
        }
        Err(_) => {
            row.unusable.store(true, Ordering::Release);
            row.stopped.store(true, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `tanaka2026`, by `openssl passwd -1`.
    const MD5: &str = "$1$abcdefgh$T3VmTbhdKhEMwcP4YxX541";

    fn job(hash: &str, own: &[&str]) -> Job {
        Job { hash: Zeroizing::new(hash.to_owned()), own: candidates(own) }
    }

    fn candidates(words: &[&str]) -> Vec<Candidate> {
        words.iter().map(|word| Zeroizing::new(word.as_bytes().to_vec())).collect()
    }

    fn plan(common: &[Candidate], budget: Duration) -> Plan<'_> {
        Plan { common, lead: 2, budget, threads: 2 }
    }

    const LONG: Duration = Duration::from_mins(10);

    #[test]
    fn every_candidate_is_tried_once_and_each_can_be_found() {
        let words = ["a", "b", "c", "d", "e"];
        let own = ["x", "y", "z"];
        let common = candidates(&words);
        for hit in words.iter().chain(&own) {
            let salt = "abcdefgh";
            let hash =
                format!("$1${salt}${}", super::super::md5crypt::checksum(hit.as_bytes(), salt.as_bytes()));
            assert_eq!(run(&[job(&hash, &own)], &plan(&common, LONG)), [AuditOutcome::Common], "{hit}");
        }
        assert_eq!(
            run(&[job(MD5, &own), job(MD5, &[])], &plan(&common, LONG)),
            [AuditOutcome::NotInList { tried: 8 }, AuditOutcome::NotInList { tried: 5 }]
        );
    }

    #[test]
    fn a_spent_budget_is_told_and_not_taken_for_strength() {
        let common = candidates(&["a", "b"]);
        assert_eq!(
            run(&[job(MD5, &["x"])], &plan(&common, Duration::ZERO)),
            [AuditOutcome::NotFinished { tried: 0, of: 3 }]
        );
    }

    #[test]
    fn a_try_that_would_outlast_the_budget_is_not_begun() {
        // A cost of 31 takes days.
        let hash = "$2b$31$mUYUC6F4AsGNP5D9SQ6XfujPtMWW3vIz0xfazpJU4beKY2jtw1WDa";
        let common = candidates(&["a", "b"]);
        assert_eq!(
            run(&[job(hash, &["x"]), job(MD5, &["x"])], &plan(&common, LONG)),
            [AuditOutcome::NotFinished { tried: 0, of: 3 }, AuditOutcome::NotInList { tried: 3 }]
        );
    }

    #[test]
    fn kinds_that_cannot_be_tried_are_told_apart() {
        let common = candidates(&["a"]);
        for hash in ["$gy$j9T$x$y", "T6aE2aAh7s0pI", "$6$bad", "$y$j9T$", "$1$toolongsalt$x", "$2b$05$short"]
        {
            assert_eq!(
                run(&[job(hash, &["x"])], &plan(&common, LONG)),
                [AuditOutcome::Unsupported],
                "{hash}"
            );
        }
    }

    #[test]
    fn a_hash_that_would_take_all_memory_is_not_tried() {
        // N = 2^20, r = 32: four gigabytes for one try.
        let hash = "$y$jHT$kbSi3MQNvsuLFPYvniODu1$9CwNdSaULQROSkRo16CTPDIspxXvvYD0BqfQsWbvJp7";
        assert_eq!(run(&[job(hash, &["x"])], &plan(&[], LONG)), [AuditOutcome::Unsupported]);
    }

    #[test]
    fn a_scheme_that_does_not_recognise_its_control_is_not_trusted() {
        let broken = Scheme::Md5.control().replace("NKd", "NKe");
        assert_eq!(control(Scheme::Md5, &broken), None);
        let mut controls = Controls::new();
        controls.insert(Scheme::Md5, None);
        assert!(matches!(row(&job(MD5, &[]), &controls), Err(AuditOutcome::ControlFailed)));
    }
}
