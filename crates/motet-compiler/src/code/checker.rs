//! Simulates the rule of the instruction set over all paths of finished code: registers are written only while they own
//! nothing, read only while they hold something, and nothing is owned when the function returns. Debug builds run it on
//! every function; it shares only the table of roles with the pass that it checks.

use super::roles::{Role, RoleContext, visit};
use super::steps::Step;
use motet_code::{Function, Instruction, LAST_A, LAST_B, LAST_C, Op, Operand, VARIANT};

/// Functions whose simulation would take more cells than this are not checked.
const LARGEST: usize = 20_000_000;

/// What is known of a register on all paths to a place.
#[derive(Clone, Copy, PartialEq, Eq)]
struct State {
    /// Holds something on every path.
    holds: bool,
    /// Owns something on some path.
    owns: bool,
}

const DEAD: State = State { holds: false, owns: false };

/// Checks one function, not those inside it; `captured` gives the registers that each of its prototypes captures.
pub(crate) fn check(function: &Function, captured: &[Vec<u16>]) -> Result<(), String> {
    let checker = Checker {
        function,
        context: RoleContext {
            constants: &function.constants,
            captured_registers: captured,
            method: function.flags.method,
        },
    };
    checker.run()
}

struct Checker<'a> {
    function: &'a Function,
    context: RoleContext<'a>,
}

impl Checker<'_> {
    fn run(&self) -> Result<(), String> {
        let registers = self.function.registers as usize;
        let leaders = self.leaders();
        if self.function.code.len() * registers > LARGEST {
            return Ok(());
        }
        let mut states: Vec<Option<Vec<State>>> = vec![None; self.function.code.len()];
        let mut entry = vec![DEAD; registers];
        for state in &mut entry[1..=self.function.parameters.count()] {
            *state = State { holds: true, owns: true };
        }
        let mut pending = vec![(0, entry)];
        while let Some((at, incoming)) = pending.pop() {
            let merged = match &states[at] {
                None => incoming,
                Some(known) => {
                    let merged: Vec<State> = known
                        .iter()
                        .zip(&incoming)
                        .map(|(a, b)| State { holds: a.holds && b.holds, owns: a.owns || b.owns })
                        .collect();
                    if merged == *known {
                        continue;
                    }
                    merged
                }
            };
            states[at] = Some(merged.clone());
            self.block(at, merged, &leaders, &mut pending)?;
        }
        Ok(())
    }

    fn leaders(&self) -> Vec<bool> {
        let code = &self.function.code;
        let mut leaders = vec![false; code.len() + 1];
        let mut at = 0;
        while at < code.len() {
            let instruction = Instruction(code[at]);
            let op = instruction.op().expect("the compiler writes operations");
            let next = at + op.length();
            if let Some(target) = jump_target(instruction, next) {
                leaders[target] = true;
                leaders[next] = true;
            }
            at = next;
        }
        for handler in &self.function.handlers {
            leaders[handler.target as usize] = true;
        }
        leaders
    }

    /// Simulates from a leader to the next one.
    fn block(
        &self,
        mut at: usize,
        mut state: Vec<State>,
        leaders: &[bool],
        pending: &mut Vec<(usize, Vec<State>)>,
    ) -> Result<(), String> {
        loop {
            let instruction = Instruction(self.function.code[at]);
            let op = instruction.op().expect("the compiler writes operations");
            let next = at + op.length();
            self.enter_handler(at, &state, pending)?;
            let before = matches!(op, Op::Next | Op::NextPair).then(|| state.clone());
            self.step(at, instruction, &mut state)?;
            if let Some(target) = jump_target(instruction, next) {
                let mut jumped = state.clone();
                if let Some(before) = before {
                    let written = if op == Op::Next { 1 } else { 2 };
                    for register in instruction.b()..instruction.b() + written {
                        jumped[register as usize] = before[register as usize];
                    }
                }
                pending.push((target, jumped));
            }
            if op == Op::JumpIfPresent {
                state[instruction.a() as usize] = DEAD;
            }
            if op.ends_block() {
                return Ok(());
            }
            if leaders[next] {
                pending.push((next, state));
                return Ok(());
            }
            at = next;
        }
    }

    /// Every instruction of a handler's range may lead to its target.
    fn enter_handler(&self, at: usize, state: &[State], pending: &mut Vec<(usize, Vec<State>)>) -> Result<(), String> {
        let within = |handler: &&motet_code::Handler| (handler.start..handler.end).contains(&(at as u32));
        let Some(handler) = self.function.handlers.iter().find(within) else { return Ok(()) };
        let mut caught = vec![DEAD; state.len()];
        for register in &handler.keep {
            if !state[*register as usize].holds {
                return Err(self.error(at, &format!("r{register} is kept for the handler but holds nothing")));
            }
            caught[*register as usize] = state[*register as usize];
        }
        caught[handler.error as usize] = State { holds: true, owns: true };
        pending.push((handler.target as usize, caught));
        Ok(())
    }

    fn step(&self, at: usize, instruction: Instruction, state: &mut [State]) -> Result<(), String> {
        let within = |handler: &&motet_code::Handler| (handler.start..handler.end).contains(&(at as u32));
        let kept: &[u16] = self.function.handlers.iter().find(within).map_or(&[], |handler| &handler.keep);
        let op = instruction.op().expect("the compiler writes operations");
        let step = Step { instruction, word: 0, jump: None, span: Default::default() };
        let flags = instruction.flags();
        if flags & !(LAST_A | LAST_B | LAST_C | VARIANT) != 0 {
            return Err(self.error(at, "has unknown flags"));
        }
        let mut problem = None;
        visit(&step, &self.context, &mut |register, role| {
            let slot = &mut state[register as usize];
            let reads = matches!(
                role,
                Role::Use(_) | Role::Borrow | Role::Take | Role::Update | Role::UpdateNumber | Role::Assign
            );
            if reads && !slot.holds {
                problem.get_or_insert(format!("reads r{register}, which holds nothing"));
            }
            let takes = match role {
                Role::Use(flag) => flags & flag != 0,
                Role::Take => true,
                _ => false,
            };
            if takes && kept.contains(&register) {
                problem.get_or_insert(format!("takes r{register}, which the handler needs"));
            }
            match role {
                Role::Define | Role::DefineNumber => {
                    if slot.owns {
                        problem.get_or_insert(format!("writes r{register}, which owns something"));
                    }
                    *slot = State { holds: true, owns: role == Role::Define };
                }
                Role::UpdateNumber => *slot = State { holds: true, owns: false },
                Role::Clear => *slot = DEAD,
                _ if takes => *slot = DEAD,
                _ => {}
            }
        });
        if let Some(problem) = problem {
            return Err(self.error(at, &problem));
        }
        let returns = op.ends_block() && !matches!(op, Op::Jump | Op::Loop | Op::Throw | Op::Rethrow | Op::MatchFail);
        if returns && let Some(register) = state.iter().skip(1).position(|state| state.owns) {
            return Err(self.error(at, &format!("leaves the function while r{} owns something", register + 1)));
        }
        Ok(())
    }

    fn error(&self, at: usize, message: &str) -> String {
        format!("{} at {at:04} {:?}: {message}", self.function.name, Instruction(self.function.code[at]))
    }
}

fn jump_target(instruction: Instruction, next: usize) -> Option<usize> {
    let info = instruction.op()?.info();
    let distance = if [info.a, info.b, info.c].contains(&Operand::WideJump) {
        instruction.bc() as i64
    } else if info.c == Operand::Jump {
        instruction.c() as i16 as i64
    } else {
        return None;
    };
    usize::try_from(next as i64 + distance).ok()
}
