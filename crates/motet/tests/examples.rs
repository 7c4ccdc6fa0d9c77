//! Runs every program in `examples/` and compares what it prints with the file in `examples/expected`.
//!
//! `MOTET_UPDATE=1 cargo test -p motet --test examples` writes what was found; look at the difference before you keep it.

mod common;

use common::{Folder, difference, motet, root, run, updating};
use std::collections::BTreeSet;
use std::path::Path;

/// Modules that programs import: running them shows nothing.
const LIBRARIES: &[&str] = &["modules/statistics.soc", "modules/report.gene"];

/// Folders whose files belong to other tests.
const ELSEWHERE: &[&str] = &["expected", "lanes", "texts", "ui"];

/// One test for each program: `name => path under examples`.
macro_rules! examples {
    ($($name:ident => $path:literal;)*) => {
        $(#[test]
        fn $name() {
            run_example($path);
        })*

        /// Machine code changes nothing of what programs show, left where it will.
        #[cfg(feature = "jit")]
        mod as_machine_code {
            $(#[test]
            fn $name() {
                super::run_as_machine_code($path);
            })*
        }

        const EXAMPLES: &[&str] = &[$($path),*];
    };
}

examples! {
    calculator => "calculator.soc";
    generators => "generators.soc";
    inventory => "inventory.soc";
    life => "life.gene";
    macros => "macros.gene";
    modules_in_gene => "modules/main.gene";
    modules_in_soc => "modules/main.soc";
    numbers_fft_denoising => "numbers/fft_denoising.soc";
    numbers_heat => "numbers/heat.soc";
    numbers_image_filter => "numbers/image_filter.soc";
    numbers_ising => "numbers/ising.soc";
    numbers_kmeans => "numbers/kmeans.soc";
    numbers_lorenz => "numbers/lorenz.soc";
    numbers_neural_net => "numbers/neural_net.soc";
    numbers_option_pricing => "numbers/option_pricing.soc";
    numbers_pca => "numbers/pca.soc";
    numbers_sir => "numbers/sir.soc";
    predator_prey => "predator_prey.soc";
    signals_clock => "signals/clock.gene";
    signals_latest_gene => "signals/latest.gene";
    signals_latest_soc => "signals/latest.soc";
    signals_spreadsheet_gene => "signals/spreadsheet.gene";
    signals_spreadsheet_soc => "signals/spreadsheet.soc";
    tasks => "tasks.soc";
    threads_chat_gene => "threads/chat.gene";
    threads_chat_soc => "threads/chat.soc";
    threads_fan_out_gene => "threads/fan_out.gene";
    threads_fan_out_soc => "threads/fan_out.soc";
    threads_files_gene => "threads/files.gene";
    threads_files_soc => "threads/files.soc";
    threads_pipeline_gene => "threads/pipeline.gene";
    threads_pipeline_soc => "threads/pipeline.soc";
    threads_supervisor_gene => "threads/supervisor.gene";
    threads_supervisor_soc => "threads/supervisor.soc";
    tour => "tour.soc";
    words => "words.soc";
    world_backup => "world/backup.soc";
    world_chat_server => "world/chat_server.soc";
    world_csv_report => "world/csv_report.soc";
    world_date_calculator => "world/date_calculator.soc";
    world_file_watcher => "world/file_watcher.soc";
    world_interpreter => "world/interpreter.soc";
    world_json_transform => "world/json_transform.soc";
    world_keyvalue => "world/keyvalue.soc";
    world_log_analysis => "world/log_analysis.soc";
    world_password => "world/password.soc";
    world_static_site => "world/static_site.soc";
    world_scraper => "world/scraper.soc";
    world_sudoku => "world/sudoku.soc";
    world_web_api => "world/web_api.soc";
    world_word_counts => "world/word_counts.soc";
    workers_monte_carlo_gene => "workers/monte_carlo.gene";
    workers_monte_carlo_soc => "workers/monte_carlo.soc";
    workers_sweep => "workers/sweep.soc";
    workers_word_counts => "workers/word_counts.soc";
}

/// `modules/main.soc` is expected in `modules-main.soc.txt`.
fn expected_name(path: &str) -> String {
    format!("{}.txt", path.replace('/', "-"))
}

fn run_example(path: &str) {
    let found = match path.strip_prefix("numbers/") {
        Some(name) => run_with_pictures("examples/numbers", "docs/numbers", name),
        None => run(motet().current_dir(root()).arg(format!("examples/{path}"))).transcript() + "\n",
    };
    let file = root().join("examples/expected").join(expected_name(path));
    if updating() {
        std::fs::write(&file, &found).expect("the expectation can be written");
        return;
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(found == expected, "examples/{path}\n{}", difference(&expected, &found));
}

/// The same under `--jit=eager` and `--jit=stress`. Figures are left where they are drawn.
#[cfg(feature = "jit")]
fn run_as_machine_code(path: &str) {
    let expected = std::fs::read_to_string(root().join("examples/expected").join(expected_name(path)));
    let expected = expected.expect("each example has an expectation");
    for mode in ["--jit=eager", "--jit=stress"] {
        let folder = Folder::new("machine-code");
        let here = if path.starts_with("numbers/") { folder.to_path_buf() } else { root() };
        let program = root().join("examples").join(path);
        let program = program.strip_prefix(&here).unwrap_or(&program).to_path_buf();
        let found = run(motet().current_dir(here).args(["run", mode]).arg(program)).transcript() + "\n";
        assert!(found == expected, "examples/{path} with {mode}\n{}", difference(&expected, &found));
    }
}

/// Runs a program that saves figures where it runs; gives what it prints. Each figure stands in the documentation too, and is as
/// large there. What it shows may differ in the last digit from one machine to another.
fn run_with_pictures(programs: &str, pictures: &str, name: &str) -> String {
    let folder = Folder::new("pictures");
    let program = root().join(programs).join(name);
    let found = run(motet().current_dir(&*folder).arg(&program)).transcript() + "\n";
    let mut count = 0;
    for entry in std::fs::read_dir(&*folder).expect("the folder of the test").flatten() {
        let drawn = std::fs::read_to_string(entry.path()).expect("a figure is text");
        let kept = root().join(pictures).join(entry.file_name());
        if updating() {
            std::fs::write(&kept, &drawn).expect("the documentation can be written");
        }
        let known = std::fs::read_to_string(&kept).unwrap_or_default();
        assert_eq!(known.lines().next(), drawn.lines().next(), "{} is another one", kept.display());
        assert!(drawn.ends_with("</svg>\n") && drawn.contains("<text"), "{} is no figure", kept.display());
        count += 1;
    }
    assert!(count > 0, "{name} saves no figure: {found}");
    found
}

#[test]
fn figures_of_the_documentation_are_drawn() {
    assert_eq!(run_with_pictures("docs/figures", "docs/figures", "gallery.soc"), "\n");
}

#[test]
fn every_example_is_run() {
    let mut found = BTreeSet::new();
    collect(&root().join("examples"), "", &mut found);
    let known: BTreeSet<String> = EXAMPLES.iter().chain(LIBRARIES).map(|path| (*path).to_owned()).collect();
    assert_eq!(found, known, "the files in examples and those that the tests know");
}

#[test]
fn every_expectation_belongs_to_an_example() {
    let folder = root().join("examples/expected");
    let found: BTreeSet<String> = std::fs::read_dir(folder)
        .expect("the expectations are here")
        .map(|entry| entry.expect("a folder can be read").file_name().to_string_lossy().into_owned())
        .collect();
    let wanted: BTreeSet<String> = EXAMPLES.iter().map(|path| expected_name(path)).collect();
    assert_eq!(found, wanted);
}

fn collect(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("the examples are here").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            if !ELSEWHERE.contains(&name.as_str()) {
                collect(&entry.path(), &format!("{prefix}{name}/"), found);
            }
        } else {
            found.insert(format!("{prefix}{name}"));
        }
    }
}

/// Nothing in the examples and in the programs that measure is most likely a mistake.
#[test]
fn checking_the_programs_gives_no_warning() {
    let mut files: Vec<String> = EXAMPLES.iter().chain(LIBRARIES).map(|path| format!("examples/{path}")).collect();
    let programs = std::fs::read_dir(root().join("benches/programs")).expect("the programs are there");
    let names = programs.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    files.extend(names.filter(|name| name.ends_with(".soc")).map(|name| format!("benches/programs/{name}")));
    files.push("tests/threads/stress.soc".into());
    for file in files {
        let checked = run(motet().current_dir(root()).args(["check", &file]));
        assert_eq!(checked.transcript(), "", "{file}");
    }
}
