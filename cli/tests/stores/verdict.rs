//! What `check` comes to, which must be the same for people and for programs.

use serde_json::Value;

use super::Stored;

/// Verdict, exit code and kinds of findings, which must be the same in both forms.
pub fn checked(stored: &Stored) -> (String, i32, Vec<String>, Value) {
    let (human, code) = stored.run(&["check", "DIR"]);
    let (text, same) = stored.run(&["check", "DIR", "--format", "json"]);
    assert_eq!(code, same, "{human}\n{text}");
    let document: Value = serde_json::from_str(&text).unwrap();
    let verdict = document["verdict"].as_str().unwrap().to_owned();
    let last = human.trim_end().lines().last().unwrap().to_owned();
    assert!(
        last.starts_with(&format!("{}:", verdict.to_uppercase())),
        "{verdict}: {last}"
    );
    let of = |findings: &Value| findings.as_array().unwrap().clone();
    let mut findings = of(&document["findings"]);
    for partition in document["partitions"].as_array().unwrap() {
        findings.extend(of(&partition["findings"]));
    }
    let kinds = findings
        .iter()
        .map(|finding| finding["kind"].as_str().unwrap().to_owned());
    (human, code, kinds.collect(), document)
}

#[track_caller]
pub fn expect(stored: &Stored, code: i32, verdict: &str, kinds: &[&str]) -> String {
    let before = stored.tree();
    let (human, exit, found, document) = checked(stored);
    assert_eq!(
        (exit, document["verdict"].as_str().unwrap()),
        (code, verdict),
        "{human}"
    );
    assert_eq!(found, kinds, "{human}");
    assert!(stored.tree() == before, "something was written");
    human
}
