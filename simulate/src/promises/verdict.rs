//! What was found when promises were compared with what is there.

use serde::Serialize;

/// At most this many findings of each kind are shown.
const FINDINGS_MAX: usize = 5;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// An appointment overlaps another one of the same resource, buffers included.
    Overlap,
    /// An appointment, a message or a webhook was acknowledged, and is missing or different.
    Lost,
    /// Nobody was told of an appointment or a message.
    Unknown,
    /// An appointment was booked or changed once more than was told.
    Twice,
    /// Somebody who asked was not told of an appointment of theirs, or not as it is.
    Mistold,
    /// Somebody was told of an appointment that they had not shown to be theirs.
    Overheard,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Appointments that are booked.
    pub booked: usize,
    pub overlaps: usize,
    pub lost: usize,
    pub unknown: usize,
    pub twice: usize,
    pub mistold: usize,
    pub overheard: usize,
    /// Webhooks that were taken in more than once.
    pub taken_twice: usize,
    /// Webhooks that were taken in and not translated.
    pub untranslated: usize,
    #[serde(skip)]
    pub findings: Vec<String>,
}

impl Verdict {
    pub fn is_clean(&self) -> bool {
        self.counts().iter().all(|(count, _)| *count == 0)
    }

    /// Counts a fault, and describes it unless enough of its kind are described.
    pub fn find(&mut self, fault: Fault, finding: impl FnOnce() -> String) {
        let count = match fault {
            Fault::Overlap => &mut self.overlaps,
            Fault::Lost => &mut self.lost,
            Fault::Unknown => &mut self.unknown,
            Fault::Twice => &mut self.twice,
            Fault::Mistold => &mut self.mistold,
            Fault::Overheard => &mut self.overheard,
        };
        *count += 1;
        if *count <= FINDINGS_MAX {
            self.findings.push(finding());
        }
    }

    /// Adds what was found in another run.
    pub fn add(&mut self, other: Self) {
        self.booked += other.booked;
        self.overlaps += other.overlaps;
        self.lost += other.lost;
        self.unknown += other.unknown;
        self.twice += other.twice;
        self.mistold += other.mistold;
        self.overheard += other.overheard;
        self.taken_twice += other.taken_twice;
        self.untranslated += other.untranslated;
        self.findings.extend(other.findings);
    }

    fn counts(&self) -> [(usize, &'static str); 8] {
        [
            (self.overlaps, "appointments overlap"),
            (self.lost, "things that were acknowledged are missing or different"),
            (self.unknown, "appointments or messages exist that nobody was told of"),
            (self.twice, "appointments were booked or changed more often than was told"),
            (self.mistold, "times a caller who asked did not hear of their appointments as they are"),
            (self.overheard, "times a caller heard of an appointment without showing that it is theirs"),
            (self.taken_twice, "webhooks were taken in more than once"),
            (self.untranslated, "webhooks were taken in and not translated"),
        ]
    }

    /// The checks that failed, in words.
    pub fn failed(&self) -> Vec<String> {
        let failed = self.counts().into_iter().filter(|(count, _)| *count > 0);
        let failed = failed.map(|(count, what)| format!("{count} {what}"));
        failed.chain(self.findings.iter().map(|finding| format!("  {finding}"))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_fails_and_the_first_few_of_each_kind_are_described() {
        let faults =
            [Fault::Overlap, Fault::Lost, Fault::Unknown, Fault::Twice, Fault::Mistold, Fault::Overheard];
        for fault in faults {
            let mut verdict = Verdict::default();
            assert!(verdict.is_clean() && verdict.failed().is_empty());
            (0..9).for_each(|number| verdict.find(fault, || format!("finding {number}")));
            assert!(!verdict.is_clean());
            assert_eq!(
                (verdict.failed().len(), verdict.failed()[0].starts_with("9 ")),
                (6, true),
                "{fault:?}"
            );
        }
    }
}
