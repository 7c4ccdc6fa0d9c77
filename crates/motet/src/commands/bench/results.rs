//! Results as a file, for tools and for later comparisons.

use super::Outcome;
use super::compare::Change;
use super::measure::Measured;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;

/// What the form of the file is called.
const VERSION: u64 = 1;

/// The results of an earlier run.
pub struct Results {
    measured: HashMap<(String, String), Measured>,
}

impl Results {
    pub fn read(path: &Path) -> Result<Results, String> {
        let text =
            std::fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
        parse(&text).ok_or_else(|| format!("{} holds no results of motet bench", path.display()))
    }

    pub fn of(&self, file: &str, name: &str) -> Option<&Measured> {
        self.measured.get(&(file.to_owned(), name.to_owned()))
    }
}

fn parse(text: &str) -> Option<Results> {
    let document: Value = serde_json::from_str(text).ok()?;
    if document["version"] != VERSION {
        return None;
    }
    let mut measured = HashMap::new();
    for bench in document["benches"].as_array()? {
        let text = |key: &str| bench[key].as_str().map(str::to_owned);
        let samples: Option<Vec<f64>> = bench["samples"].as_array()?.iter().map(Value::as_f64).collect();
        let samples = samples.filter(|samples| !samples.is_empty() && samples.iter().all(|sample| *sample > 0.0))?;
        let passes = u32::try_from(bench["passes"].as_u64()?).ok()?;
        measured.insert((text("file")?, text("name")?), Measured { passes, samples });
    }
    Some(Results { measured })
}

/// All times in nanoseconds a pass.
pub fn document(outcomes: &[Outcome]) -> String {
    let benches: Vec<Value> = outcomes.iter().map(bench).collect();
    format!("{:#}\n", json!({"version": VERSION, "unit": "ns", "benches": benches}))
}

fn bench(outcome: &Outcome) -> Value {
    let measured = &outcome.measured;
    let (low, high) = measured.quartiles();
    let mut bench = json!({
        "file": outcome.file,
        "name": outcome.name,
        "median": measured.median(),
        "spread": measured.spread(),
        "quartiles": [low, high],
        "passes": measured.passes,
        "samples": measured.samples,
    });
    if let Some(compared) = &outcome.compared {
        let change = match compared.change {
            Change::New => "new",
            Change::Noise => "none",
            Change::Faster(_) => "faster",
            Change::Slower(_) => "slower",
        };
        bench["before"] = compared.before.map_or(Value::Null, Value::from);
        bench["change"] = change.into();
    }
    bench
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let measured = Measured { passes: 7, samples: vec![1.5, 2.0, 1e9] };
        let outcome =
            Outcome { file: "a.soc".into(), name: "say \"é\"".into(), measured: measured.clone(), compared: None };
        let results = parse(&document(&[outcome])).expect("it was written");
        assert_eq!(results.of("a.soc", "say \"é\""), Some(&measured));
        assert_eq!(results.of("b.soc", "say \"é\""), None);
    }

    #[test]
    fn other_files_are_no_results() {
        for text in ["", "{}", "[1]", "{\"version\": 2, \"benches\": []}", "{\"version\": 1, \"benches\": [{}]}"] {
            assert!(parse(text).is_none(), "{text}");
        }
        let zero = r#"{"version": 1, "benches": [{"file": "a", "name": "b", "passes": 1, "samples": [0]}]}"#;
        assert!(parse(zero).is_none());
    }
}
