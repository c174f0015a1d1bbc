//! A report as text: what became of the rules, then each finding.

use std::fmt;

use super::{Counterexample, Judgement, Outcome, Report, Verdict};

/// The outcomes come first, all of them; then what each phase came to; then each finding.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.outcomes(f)?;
        for found in self.findings() {
            write!(f, "\n\n{found}")?;
            if let Some(why) = self.known_why(found.violation.rule.name) {
                write!(f, "\n  known: {why}")?;
            }
        }
        Ok(())
    }
}

/// The outcomes of a report, without the findings.
struct Summary<'a>(&'a Report);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.outcomes(f)
    }
}

impl Report {
    /// What became of the rules, what was not judged and why, and what each phase came to: the first part of the
    /// report.
    pub fn summary(&self) -> impl fmt::Display {
        Summary(self)
    }

    fn outcomes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, seed {}", self.subject, self.seed)?;
        if let Some(shard) = self.shard {
            write!(
                f,
                ", shard {shard}: how much is enough only all shards together can tell"
            )?;
        }
        let judgements = self.judgements();
        kept(f, &judgements)?;
        self.broken(f, &judgements)?;
        self.unjudged(f, &judgements)?;
        self.harness(f)?;
        let verdicts = self
            .phases
            .iter()
            .map(|phase| (phase.name, phase.verdict.name()));
        write!(f, "\nphases: {}", grouped(verdicts))?;
        for known in self.vanished() {
            let (rule, why) = (known.rule.name, &known.why);
            write!(f, "\nNOT FOUND ANY MORE, though known: {rule}: {why}")?;
        }
        Ok(())
    }
}

/// `kept 2 rules: log-state 17, read-range 4`.
fn kept(f: &mut fmt::Formatter<'_>, judgements: &[Judgement]) -> fmt::Result {
    let kept = judgements
        .iter()
        .filter(|it| matches!(it.outcome, Outcome::Kept { .. }));
    let kept: Vec<String> = kept
        .map(|it| format!("{} {}", it.rule.name, it.outcome))
        .collect();
    match kept.len() {
        0 => write!(f, "\nkept: nothing"),
        1 => write!(f, "\nkept 1 rule: {}", kept.join(", ")),
        count => write!(f, "\nkept {count} rules: {}", kept.join(", ")),
    }
}

impl Report {
    fn broken(&self, f: &mut fmt::Formatter<'_>, judgements: &[Judgement]) -> fmt::Result {
        let of = |known: bool| {
            let same = move |it: &&Judgement| match it.outcome {
                Outcome::Broken { .. } => !known,
                Outcome::Known { .. } => known,
                _ => false,
            };
            judgements.iter().filter(same)
        };
        let broken = of(false).map(|it| format!("{} ({})", it.rule.name, it.outcome));
        let broken: Vec<String> = broken.collect();
        match broken.len() {
            0 => write!(f, "\nbroken: nothing")?,
            count => write!(f, "\nbroken {count}: {}", broken.join(", "))?,
        }
        for it in of(true) {
            let why = self.known_why(it.rule.name).unwrap_or_default();
            write!(f, "\nbroken, known: {}: {why}", it.rule.name)?;
        }
        Ok(())
    }

    /// What was not judged, by the reason: rules, kinds of damage, phases.
    fn unjudged(&self, f: &mut fmt::Formatter<'_>, judgements: &[Judgement]) -> fmt::Result {
        let lines = self.not_judged_by_reason(judgements);
        let count: usize = lines.iter().map(|(_, names)| names.len()).sum();
        if count == 0 {
            return write!(f, "\nnot judged: nothing");
        }
        write!(f, "\nnot judged {count}:")?;
        for (why, names) in lines {
            write!(f, "\n  {why}: {}", names.join(", "))?;
        }
        Ok(())
    }

    fn harness(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let broken = self.phases.iter().filter_map(|phase| match &phase.verdict {
            Verdict::HarnessBroken(why) => Some((phase.name, why)),
            _ => None,
        });
        let broken: Vec<_> = broken.collect();
        match broken.len() {
            0 => write!(f, "\nharness broken: nothing"),
            count => {
                write!(f, "\nharness broken {count}:")?;
                let mut broken = broken.into_iter();
                broken.try_for_each(|(phase, why)| write!(f, "\n  {phase}: {why}"))
            }
        }
    }

    /// Everything that nothing is said of, each reason with the rules, kinds of damage and phases.
    pub(crate) fn not_judged_by_reason(
        &self,
        judgements: &[Judgement],
    ) -> Vec<(String, Vec<&'static str>)> {
        let rules = judgements.iter().filter_map(|it| match &it.outcome {
            Outcome::NotJudged { why } | Outcome::HarnessBroken { why } => {
                Some((it.rule.name, why.clone()))
            }
            _ => None,
        });
        let is_rule = |name: &str| judgements.iter().any(|it| it.rule.name == name);
        let others = self.not_judged.iter().filter(|(name, _)| !is_rule(name));
        let others = others.map(|(name, why)| (*name, (*why).to_owned()));
        let phases = self.phases.iter().filter_map(|phase| match &phase.verdict {
            Verdict::TooLittle(_) | Verdict::Stopped | Verdict::NotJudged(_) => {
                Some((phase.name, phase.verdict.to_string()))
            }
            _ => None,
        });
        by_reason(rules.chain(others).chain(phases))
    }
}

/// Names with the same reason together.
fn by_reason(
    all: impl Iterator<Item = (&'static str, String)>,
) -> Vec<(String, Vec<&'static str>)> {
    let mut reasons: Vec<(String, Vec<&'static str>)> = Vec::new();
    for (name, why) in all {
        match reasons.iter_mut().find(|(reason, _)| *reason == why) {
            Some((_, names)) => names.push(name),
            None => reasons.push((why, vec![name])),
        }
    }
    reasons
}

/// `kept in memory, on real files; broken crash states`.
fn grouped(verdicts: impl Iterator<Item = (&'static str, &'static str)>) -> String {
    let groups = by_reason(verdicts.map(|(phase, verdict)| (phase, verdict.to_owned())));
    let groups = groups.into_iter();
    let groups: Vec<String> = groups
        .map(|(verdict, phases)| format!("{verdict} {}", phases.join(", ")))
        .collect();
    groups.join("; ")
}

impl Verdict {
    /// One word or two.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Broken => "broken",
            Self::TooLittle(_) => "too little",
            Self::Stopped => "stopped",
            Self::NotJudged(_) => "not judged",
            Self::HarnessBroken(_) => "harness broken",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLittle(missed) => {
                f.write_str("too little happened")?;
                let mut missed = missed.iter();
                missed.try_for_each(|(floor, count)| {
                    write!(f, ", {count} of {} {}", floor.least, floor.name)
                })
            }
            Self::Stopped => f.write_str("it was stopped before its end"),
            Self::NotJudged(why) => f.write_str(why),
            Self::HarnessBroken(why) => write!(f, "harness broken: {why}"),
            Self::Clean | Self::Broken => f.write_str(self.name()),
        }
    }
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = self.violation.rule;
        let (name, severity, breach) = (rule.name, rule.severity, rule.breach);
        writeln!(f, "broken ({severity}): {name}: {breach}")?;
        writeln!(f, "  what it means for a cluster: {}", rule.meaning)?;
        writeln!(f, "  the rule: {}", rule.statement)?;
        writeln!(f, "  where it is from: {}", rule.source)?;
        writeln!(f, "  who relies on it: {}", rule.judged_from.in_words())?;
        writeln!(f, "  what was seen: {}", self.violation.text)?;
        let start = self.program.start;
        writeln!(
            f,
            "  the program, begun on {} ({}):",
            start.name(),
            start.in_words()
        )?;
        if self.program.ops.is_empty() {
            writeln!(f, "    nothing but coming to this")?;
        }
        for (number, op) in self.program.ops.iter().enumerate() {
            writeln!(f, "    {number}. {op}")?;
        }
        writeln!(f, "  beside it: {}", self.cause)?;
        if !self.timeline.is_empty() {
            writeln!(f, "{}", self.timeline)?;
        }
        write!(
            f,
            "  seed {}, phase {}, number {}",
            self.seed, self.phase, self.number
        )
    }
}
