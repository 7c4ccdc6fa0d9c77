//! What lies outside the program, where a test needs more than a program and its output: standard input that comes piece
//! by piece (T-24).

mod common;

use common::{Folder, Run, motet};
use std::io::{BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

/// A program that runs, and both ends of it.
struct Talk {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    _folder: Folder,
}

impl Talk {
    fn with(name: &str, program: &str) -> Talk {
        let folder = Folder::new(&format!("outside-{name}"));
        std::fs::write(folder.join("case.soc"), program).expect("the build folder can be written");
        let mut child = motet()
            .current_dir(&*folder)
            .args(["run", "case.soc"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command can be started");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        Talk { child, input, output, _folder: folder }
    }

    fn say(&mut self, text: &str) {
        self.input.as_mut().expect("it is open").write_all(text.as_bytes()).expect("the program reads");
    }

    /// Waits until the program has printed so much.
    fn hear(&mut self, expected: &str) {
        let mut bytes = vec![0; expected.len()];
        self.output.read_exact(&mut bytes).expect("the program prints that much");
        assert_eq!(String::from_utf8_lossy(&bytes), expected);
    }

    /// Ends the input, and gives what else is printed.
    fn end(mut self) -> Run {
        drop(self.input.take());
        let mut stdout = String::new();
        self.output.read_to_string(&mut stdout).expect("programs print UTF-8");
        let mut stderr = String::new();
        self.child.stderr.take().expect("it is piped").read_to_string(&mut stderr).expect("programs print UTF-8");
        let code = self.child.wait().expect("it was started").code();
        Run { stdout, stderr, code }
    }
}

fn ran(stdout: &str) -> Run {
    Run { stdout: stdout.to_owned(), stderr: String::new(), code: Some(0) }
}

/// The program's answer depends on what is typed, and what is typed on the program's prompt: nothing is read ahead that
/// is not there, and the prompt is not held back.
#[test]
fn t24_a_prompt_is_shown_before_the_answer_is_waited_for() {
    let mut talk =
        Talk::with("prompt", "let name = read_line(\"Name? \")\nprintln('Hi ${name}')\nprintln(read_line())");
    talk.hear("Name? ");
    talk.say("Ada\n");
    assert_eq!(talk.end(), ran("Hi Ada\nnull\n"));
}

/// Other tasks of the isolate talk with the outside while one waits for a line that comes only then.
#[test]
fn t24_reading_standard_input_suspends_its_task_alone() {
    let program = "
let line = async read_line()
let ticks = async do {
  for (i in 0..3) { sleep(1); println('tick ${i}') }
  run_process(\"echo\", [\"said\"]).stdout
}
println(await ticks)
read_file(\"case.soc\")
print(\"\")
println('line ${await line}')";
    let mut talk = Talk::with("suspends", &format!("{program}\n"));
    // Output to a pipe is kept back until there is much, or the program ends: the line must not be needed for the rest.
    talk.say("later\n");
    assert_eq!(talk.end(), ran("tick 0\ntick 1\ntick 2\nsaid\n\nline later\n"));
}

/// A second task asks for standard input after the first was cancelled: it gets what is typed then.
#[test]
fn t24_a_cancelled_read_loses_no_line() {
    let program = "
let first = async read_line(\"ready \")
first.cancel()
try { await first } catch (e: Cancelled) { print(\"cancelled \") }
println(read_line(\"go \"), read_line())";
    let mut talk = Talk::with("cancelled", program);
    talk.hear("ready cancelled go ");
    talk.say("one\ntwo\n");
    assert_eq!(talk.end(), ran("one two\n"));
}

#[test]
fn t24_threads_and_tasks_share_standard_input() {
    let program = "
let tasks = range(0, 10).map(i => async read_line())
let threads = range(0, 10).map(i => spawn_return(read_line()))
let lines = [...await_all(tasks), ...await_all(threads)]
println(len(lines), sort(lines.map(int)) == range(0, 20).list())
println(read_line())";
    let mut talk = Talk::with("shared", program);
    for line in 0..20 {
        talk.say(&format!("{line}\n"));
    }
    assert_eq!(talk.end(), ran("20 true\nnull\n"));
}

#[test]
fn t24_lines_come_in_pieces_and_the_last_may_have_no_end() {
    let mut talk =
        Talk::with("pieces", "print(repr(read_line(\"?\")))\nprint(read_line(\"?\"))\nprintln(read_lines())");
    talk.hear("?");
    talk.say("on");
    talk.say("e\r\ntw");
    talk.hear("\"one\"?");
    talk.say("o\n\nö\nlast");
    assert_eq!(talk.end(), ran("two[\"\", \"ö\", \"last\"]\n"));
}

/// Lines that are there already are not waited for one by one, nor do they nest.
#[test]
fn t24_many_lines() {
    let mut talk = Talk::with("many", "let lines = read_lines()\nprintln(len(lines), lines[99999])");
    let text: String = (0..100_000).map(|line| format!("line {line}\n")).collect();
    talk.say(&text);
    assert_eq!(talk.end(), ran("100000 line 99999\n"));
}

#[test]
fn t24_a_line_that_is_no_text_is_an_error_and_the_next_one_is_read() {
    let program = "try { read_line() } catch (e: IoError) { println(e.message) }\nprintln(read_line())";
    let mut talk = Talk::with("binary", program);
    talk.input.as_mut().expect("it is open").write_all(b"a\xff\nnext\n").expect("the program reads");
    assert_eq!(talk.end(), ran("cannot read standard input as text: byte 1 is not UTF-8\nnext\n"));
}

/// The program that a cancelled task started is not waited for: it is ended.
#[test]
fn t24_a_cancelled_task_ends_the_program_it_waits_for() {
    let program = "
let f = async run_process(\"sh\", [\"-c\", \"echo $$ > made; mv made pid; exec sleep 600\"])
while (!file_exists(\"pid\")) { sleep(1) }
let pid = read_file(\"pid\").trim()
f.cancel()
while (run_process(\"sh\", [\"-c\", 'kill -0 ${pid}']).status == 0) { sleep(1) }
println(\"ended\")";
    assert_eq!(Talk::with("kill", program).end(), ran("ended\n"));
}

/// What a program started ends with it, also where the program ends badly.
#[test]
fn t24_a_program_that_fails_leaves_no_program_behind() {
    let program = "
async run_process(\"sh\", [\"-c\", \"echo $$ > made; mv made pid; exec sleep 600\"])
while (!file_exists(\"pid\")) { sleep(1) }
println(read_file(\"pid\").trim())
throw \"the end\"";
    let ended = Talk::with("orphan", program).end();
    assert_eq!(ended.code, Some(1));
    let pid = ended.stdout.trim();
    assert!(!pid.is_empty() && !std::path::Path::new(&format!("/proc/{pid}")).exists(), "{pid} still runs");
}
