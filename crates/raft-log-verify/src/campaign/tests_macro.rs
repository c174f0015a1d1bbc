//! The campaign as `#[test]` functions.

/// Makes `#[test]` functions that judge a store: random programs on a simulated disk and on real
/// files, every crash state of short programs, killed processes, and damaged files. `$subject` is an expression of
/// a type that implements [`Subject`](crate::Subject); parts that it does not offer are
/// left out.
///
/// ```no_run
/// raft_log_verify::judge_store!(plain_wal, raft_log_verify::seeded::PlainSubject::default());
/// ```
#[macro_export]
macro_rules! judge_store {
    ($name:ident, $subject:expr) => {
        mod $name {
            #[allow(
                unused_imports,
                reason = "the subject may need the names around it or not"
            )]
            use super::*;

            #[test]
            fn keeps_the_contract() {
                let subject = $subject;
                if $crate::serve_if_asked(&subject) {
                    return;
                }
                let config = $crate::Config {
                    kill_child: $crate::kill::KillChild::current(&subject),
                    ..$crate::Config::quick()
                };
                let report = $crate::check(&subject, &config, &$crate::NoProgress);
                assert!(report.harness_broken().is_none(), "{report}");
                assert!(report.counterexample().is_none(), "{report}");
            }
        }
    };
}
