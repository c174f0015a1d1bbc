use openraft_timevault::verify::Subject as _;
use openraft_timevault::verify::campaign::*;
use openraft_timevault::verify::seeded::*;
#[test]
fn plain() {
    let n: u64 = std::env::var("N")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(300);
    let config = Config {
        sequences: n,
        ..Config::quick()
    };
    for disk in [ModelDisk::Simulated, ModelDisk::Real] {
        let t = std::time::Instant::now();
        let phase = ModelPhase {
            name: "model",
            disk,
            sequences: n,
        };
        let report = phase
            .run(&PlainSubject::default(), &config, &NoProgress)
            .unwrap();
        println!("{:?} {:?}", report.counts, t.elapsed());
        if let Verdict::Broken(c) = &report.verdict {
            println!("{}: {} {:#?}", c.number, c.violation, c.program);
            panic!()
        }
    }
}
#[test]
fn timevault() {
    let n: u64 = std::env::var("N")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(300);
    let config = Config {
        sequences: n,
        ..Config::quick()
    };
    for disk in [ModelDisk::Simulated, ModelDisk::Real] {
        let t = std::time::Instant::now();
        let n = if disk == ModelDisk::Real { n / 20 } else { n };
        let phase = ModelPhase {
            name: "model",
            disk,
            sequences: n,
        };
        let report = phase
            .run(
                &openraft_timevault::verify::TimevaultSubject::default(),
                &config,
                &NoProgress,
            )
            .unwrap();
        println!("{:?} {:?}", report.counts, t.elapsed());
        if let Verdict::Broken(c) = &report.verdict {
            println!("{}: {} {:?}", c.number, c.violation, c.program);
            panic!()
        }
    }
}
#[test]
fn bugs() {
    let n: u64 = std::env::var("N")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(300);
    for bug in Bug::all() {
        let config = Config {
            sequences: n,
            ..Config::quick()
        };
        let phase = ModelPhase {
            name: "model",
            disk: ModelDisk::Simulated,
            sequences: n,
        };
        let t = std::time::Instant::now();
        let report = phase
            .run(&PlainSubject { bug: Some(bug) }, &config, &NoProgress)
            .unwrap();
        match &report.verdict {
            Verdict::Broken(c) => println!(
                "{} {}: {} after {} [{}] {:?} {:?} {}",
                bug.code(),
                bug.name(),
                c.violation.rule.name,
                c.number,
                c.program.ops.len(),
                bug.rules().contains(&c.violation.rule.name),
                t.elapsed(),
                c.violation.text
            ),
            v => println!(
                "{} {}: NOT FOUND {v:?} expected {:?}",
                bug.code(),
                bug.name(),
                bug.rules()
            ),
        }
    }
}
#[test]
fn crash_timevault() {
    let n: usize = std::env::var("L")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(1);
    let config = Config::quick();
    let t = std::time::Instant::now();
    let phase = CrashPhase {
        length: n,
        level: timevault::sim_fs::Level::L2,
    };
    let report = phase
        .run(
            &openraft_timevault::verify::TimevaultSubject::default(),
            &config,
            &NoProgress,
        )
        .unwrap();
    println!("{:?} {:?}", report.counts, t.elapsed());
    if let Verdict::Broken(c) = &report.verdict {
        println!(
            "{}: {} {:?} {:?}",
            c.number, c.violation, c.program, c.crash
        );
        panic!()
    }
}
#[test]
fn crash_plain() {
    let n: usize = std::env::var("L")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(1);
    let config = Config::quick();
    let t = std::time::Instant::now();
    let phase = CrashPhase {
        length: n,
        level: timevault::sim_fs::Level::L2,
    };
    let report = phase
        .run(&PlainSubject::default(), &config, &NoProgress)
        .unwrap();
    println!("{:?} {:?}", report.counts, t.elapsed());
    if let Verdict::Broken(c) = &report.verdict {
        println!(
            "{}: {} {:?} {:?}",
            c.number, c.violation, c.program, c.crash
        );
        panic!()
    }
}
#[test]
fn hunt_all_bugs() {
    let (phase, found) = hunt_all(&Config::quick(), &NoProgress).unwrap();
    for d in &found {
        match &d.found {
            Some(c) => println!(
                "{} {}: {} {} after {} [{}] {:?} {}",
                d.bug.code(),
                d.bug.name(),
                d.is_right(),
                c.violation.rule.name,
                c.number,
                c.program.ops.len(),
                c.crash,
                c.violation.text
            ),
            None => println!("{} {}: NOT FOUND", d.bug.code(), d.bug.name()),
        }
    }
    println!("{:?}", phase.verdict);
}
#[test]
fn damage() {
    let c = Config::quick();
    let r = DamagePhase
        .run(&PlainSubject::default(), &c, &NoProgress)
        .unwrap();
    println!("{:?}", r);
    let r = DamagePhase
        .run(
            &openraft_timevault::verify::TimevaultSubject::default(),
            &c,
            &NoProgress,
        )
        .unwrap();
    println!("{:?}", r);
}
#[test]
fn dbg_kill() {
    use openraft_timevault::verify::{crash::*, op::*, *};
    use timevault::sim_fs::*;
    let rt = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let program = Program {
        tuning: Tuning::SMALL,
        start: StartState::ThreeSegments,
        ops: vec![Op::Truncate { at: Spot::First }],
    };
    let s = TimevaultSubject::default();
    let rec = rt.block_on(Box::pin(Recording::new(&s, &program))).unwrap();
    for n in rec.from..=rec.to {
        if let Some(c) = rec.disk.call(n) {
            println!("{} {}", n, c.text);
        }
    }
    let d = rec.disk.process_kill_at(CrashPoint::After(121));
    println!("{:?}", d.to_tree().keys().collect::<Vec<_>>());
    for (p, e) in d.to_tree() {
        if p.ends_with("manifest.jsonl") {
            if let TreeEntry::File(b) = e {
                println!("{}", String::from_utf8_lossy(&b));
            }
        }
    }
    for p in d.view_now(Profile::Posix).pending() {
        println!("pending {p}");
    }
    let st = rt.block_on(s.open(
        &Place {
            fs: std::sync::Arc::new(d.clone()),
            dir: "/store".into(),
        },
        Tuning::SMALL,
    ));
    println!("{}", st.is_ok());
    for n in 1..=d.step() {
        if let Some(c) = d.call(n) {
            println!("  rec {} {}", n, c.text);
        }
    }
    for p in d.view_now(Profile::Posix).pending() {
        println!("still pending {p}");
    }
    let d2 = d.crash_now(&Keep::None);
    println!("{:?}", d2.to_tree().keys().collect::<Vec<_>>());
    for (p, e) in d2.to_tree() {
        if p.ends_with("manifest.jsonl") {
            if let TreeEntry::File(b) = e {
                println!("{}", String::from_utf8_lossy(&b));
            }
        }
    }
}
