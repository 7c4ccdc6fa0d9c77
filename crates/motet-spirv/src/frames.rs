//! Functions with frames, and the loop that runs them.
//!
//! All functions of a kernel stand in one loop, each guarded by `function == its number`. A call writes the arguments to the
//! place of the next frame, notes where the caller goes on, and leaves the caller, whose variables go to its frame; the loop
//! then enters the callee. A return writes the results over the arguments, and the loop enters the caller, which finds its
//! way to the point behind the call. What another kernel or the host has to run ends the loop.

use crate::compiler::{Compiler, LEAVE, RESUME, SUSPEND, Variable};
use crate::control::Guard;
use crate::kernel::*;
use crate::plan::body;
use crate::program::{HOST_FUNCTION, HOST_OPERATION, Origin, Program, width};
use crate::words::{Id, Op};
use motet_middle::{Trap, Type};

/// `next_frame` as long as nothing is called.
const NO_CALL: u32 = 0xFFFF_FFFF;
/// Words that operations which the host carries out take at most.
const MOST_ASKED: u32 = 4;

/// Words that must be free behind the frame of a function that runs: it writes the arguments of what it calls there.
pub(crate) fn slack(program: &Program<'_>) -> u32 {
    let values = |types: &[Type]| types.iter().map(|&of| width(of)).sum::<u32>();
    let widest = program.signatures.iter().map(|of| values(&of.parameters).max(values(&of.results))).max();
    FRAME_VALUES + widest.unwrap_or(0).max(MOST_ASKED)
}

impl Compiler<'_> {
    /// The code of a kernel.
    pub(crate) fn code_of(&mut self, functions: &[u32]) {
        let unsigned = self.unsigned();
        let (none, one) = (self.word(0), self.word(1));
        let mut code = Vec::new();
        for &function in functions {
            self.function_with_frames(function);
            code.extend(std::mem::take(&mut self.words.body));
        }
        let [header, inside, repeat, merge] = std::array::from_fn(|_| self.words.id());
        self.words.put(Op::Branch, &[header]);
        self.words.label(header);
        self.words.put(Op::LoopMerge, &[merge, repeat, 0]);
        self.words.put(Op::Branch, &[inside]);
        self.words.label(inside);
        self.write(self.ran, none);
        self.words.body.extend(code);

        // What the host carries out.
        let function = self.read_word(self.function);
        let host = self.word(HOST_FUNCTION);
        let is_host = self.test(Op::UGreaterThanEqual, &[function, host]);
        let leaves = self.read_word(self.leaves);
        let stays = self.test(Op::IEqual, &[leaves, none]);
        let asks = self.test(Op::LogicalAnd, &[is_host, stays]);
        let (now, waits) = (self.read_word(self.status), self.word(STATUS_ASKS));
        let status = self.select(unsigned, asks, waits, now);
        self.write(self.status, status);
        let leaves = self.select(unsigned, asks, one, leaves);
        self.write(self.leaves, leaves);

        let stays = self.test(Op::IEqual, &[leaves, none]);
        let ran = self.read_word(self.ran);
        let ran = self.test(Op::INotEqual, &[ran, none]);
        let again = self.test(Op::LogicalAnd, &[stays, ran]);
        let (fuel, weight) = (self.read_word(self.fuel), self.word(1 + self.loops));
        let enough = self.test(Op::UGreaterThanEqual, &[fuel, weight]);
        let again = self.test(Op::LogicalAnd, &[again, enough]);
        let less = self.take(Op::ISub, unsigned, &[fuel, weight]);
        let fuel = self.select(unsigned, again, less, fuel);
        self.write(self.fuel, fuel);
        self.words.put(Op::Branch, &[repeat]);
        self.words.label(repeat);
        self.words.put(Op::BranchConditional, &[again, header, merge]);
        self.words.label(merge);
    }

    /// The place of a word of the frame that begins at `frame`.
    fn frame_word(&mut self, frame: Id, word: u32) -> Id {
        let (unsigned, word) = (self.unsigned(), self.word(word));
        let start = self.take(Op::IAdd, unsigned, &[self.stack_base, frame]);
        let place = self.take(Op::IAdd, unsigned, &[start, word]);
        self.element(self.stack_buffer, place)
    }

    fn write_frame(&mut self, frame: Id, word: u32, value: Id) {
        let element = self.frame_word(frame, word);
        self.write(element, value);
    }

    fn write_value(&mut self, frame: Id, word: u32, value: Id, of: Type) {
        for (word, part) in (word..).zip(self.parts(value, of)) {
            self.write_frame(frame, word, part);
        }
    }

    fn read_value(&mut self, frame: Id, word: u32, of: Type) -> Id {
        let element = self.frame_word(frame, word);
        let low = self.read_word(element);
        let high = (width(of) == 2).then(|| {
            let element = self.frame_word(frame, word + 1);
            self.read_word(element)
        });
        self.joined(low, high, of)
    }

    fn function_with_frames(&mut self, number: u32) {
        let Some((part, _)) = body(self.program, number) else { unreachable!("the host's functions are no code") };
        (self.own, self.part) = (number, part);
        self.state.clear();
        self.slots.clear();
        self.points = 0;
        self.frame_words = self.words.id();
        let (unsigned, none, one) = (self.unsigned(), self.word(0), self.word(1));
        let signature = self.program.signature_of(number).clone();
        let parameters: Vec<Variable> = signature.parameters.iter().map(|&of| self.state_variable(of)).collect();
        self.place = (number, 0);
        self.guard = Guard::Closed;
        self.inline(number, parameters);
        self.close();
        self.stack.clear();
        let results: Vec<Variable> = (0..signature.results.len())
            .map(|height| {
                let of = signature.results[height];
                Variable { id: self.slot(height, of), of }
            })
            .collect();
        let code = std::mem::take(&mut self.words.body);

        // The frame is as large as its variables, or as its results where these are more.
        let places: Vec<u32> = self
            .state
            .iter()
            .scan(FRAME_VALUES, |word, variable| {
                let place = *word;
                *word += width(variable.of);
                Some(place)
            })
            .collect();
        let words = FRAME_VALUES + self.state.iter().map(|variable| width(variable.of)).sum::<u32>();
        let results_words = FRAME_VALUES + signature.results.iter().map(|&of| width(of)).sum::<u32>();
        self.words.declare_as(self.frame_words, Op::Constant, unsigned, &[words.max(results_words)]);

        let own = self.word(number);
        let function = self.read_word(self.function);
        let is_own = self.test(Op::IEqual, &[function, own]);
        let leaves = self.read_word(self.leaves);
        let stays = self.test(Op::IEqual, &[leaves, none]);
        let enters = self.test(Op::LogicalAnd, &[is_own, stays]);
        let variables: Vec<(Variable, u32)> = self.state.iter().copied().zip(places).collect();
        let slack = slack(self.program);
        self.when(enters, |this| {
            this.write(this.ran, one);
            let frame = this.read_word(this.frame);
            let end = this.take(Op::IAdd, unsigned, &[frame, this.frame_words]);
            let slack = this.word(slack);
            let end = this.take(Op::IAdd, unsigned, &[end, slack]);
            let fits = this.test(Op::ULessThanEqual, &[end, this.stack_words]);
            let lacks = this.test(Op::LogicalNot, &[fits]);
            this.when(lacks, |this| {
                let status = this.word(STATUS_STACK);
                this.write(this.status, status);
                this.write(this.leaves, one);
            });
            this.when(fits, |this| {
                let element = this.frame_word(frame, FRAME_RESUME);
                let resumes_at = this.read_word(element);
                this.write(this.resume, resumes_at);
                let resumes = this.test(Op::INotEqual, &[resumes_at, none]);
                let resume = this.word(RESUME);
                let skip = this.select(unsigned, resumes, resume, none);
                this.write(this.skip, skip);
                let no_call = this.word(NO_CALL);
                this.write(this.next_frame, no_call);
                for &(variable, word) in &variables {
                    let value = this.read_value(frame, word, variable.of);
                    this.write(variable.id, value);
                }
                this.words.body.extend(code);
                this.leave_function(frame, &variables, &results);
            });
        });
    }

    /// Behind a function's code: it waits, has returned, or trapped.
    fn leave_function(&mut self, frame: Id, variables: &[(Variable, u32)], results: &[Variable]) {
        let (unsigned, none, one) = (self.unsigned(), self.word(0), self.word(1));
        let suspends = self.equals(self.skip, SUSPEND);
        self.when(suspends, |this| {
            for &(variable, word) in variables {
                let of = this.type_id(variable.of);
                let value = this.read(of, variable.id);
                this.write_value(frame, word, value, variable.of);
            }
            let resume = this.read_word(this.resume);
            this.write_frame(frame, FRAME_RESUME, resume);
            let next = this.read_word(this.next_frame);
            let no_call = this.word(NO_CALL);
            let calls = this.test(Op::INotEqual, &[next, no_call]);
            let waits = this.test(Op::LogicalNot, &[calls]);
            this.when(calls, |this| {
                this.write(this.frame, next);
                let function = this.read_word(this.next_function);
                this.write(this.function, function);
                let depth = this.read_word(this.depth);
                let depth = this.take(Op::IAdd, unsigned, &[depth, one]);
                this.write(this.depth, depth);
            });
            this.when(waits, |this| this.write(this.leaves, one));
        });
        let trap = self.read_word(self.trap);
        let trapped = self.test(Op::INotEqual, &[trap, none]);
        self.when(trapped, |this| {
            let before = this.word(STATUS_TRAPPED - 1);
            let status = this.take(Op::IAdd, unsigned, &[trap, before]);
            this.write(this.status, status);
            this.write(this.leaves, one);
        });
        let either = self.test(Op::LogicalOr, &[suspends, trapped]);
        let returns = self.test(Op::LogicalNot, &[either]);
        self.when(returns, |this| {
            // First the values, since what is read next lies before them.
            let mut word = FRAME_VALUES;
            for result in results {
                let of = this.type_id(result.of);
                let value = this.read(of, result.id);
                this.write_value(frame, word, value, result.of);
                word += width(result.of);
            }
            let element = this.frame_word(frame, FRAME_FUNCTION);
            let function = this.read_word(element);
            let element = this.frame_word(frame, FRAME_CALLER);
            let caller = this.read_word(element);
            let no_caller = this.word(NO_CALLER);
            let ends = this.test(Op::IEqual, &[function, no_caller]);
            let goes_on = this.test(Op::LogicalNot, &[ends]);
            this.when(ends, |this| {
                let done = this.word(STATUS_DONE);
                this.write(this.status, done);
                this.write(this.leaves, one);
            });
            this.when(goes_on, |this| {
                this.write(this.function, function);
                this.write(this.frame, caller);
                let depth = this.read_word(this.depth);
                let depth = this.take(Op::ISub, unsigned, &[depth, one]);
                this.write(this.depth, depth);
            });
        });
    }

    /// Leaves the function for a call, and goes on behind it when that has returned. The arguments are on the stack.
    pub(crate) fn leave_for(&mut self, callee: Id, parameters: &[Type], results: &[Type]) {
        let (unsigned, none) = (self.unsigned(), self.word(0));
        self.points += 1;
        let number = self.points;
        let mut arguments: Vec<(Id, Type)> = parameters.iter().map(|_| self.pop()).collect();
        arguments.reverse();
        let (depth, most) = (self.read_word(self.depth), self.word(MOST_FRAMES_DEEP));
        let is_deep = self.test(Op::UGreaterThanEqual, &[depth, most]);
        self.trap_if(is_deep, Trap::CallStackExhausted);
        let frame = self.read_word(self.frame);
        let next = self.take(Op::IAdd, unsigned, &[frame, self.frame_words]);
        self.write_frame(next, FRAME_CALLER, frame);
        let own = self.word(self.own);
        self.write_frame(next, FRAME_FUNCTION, own);
        self.write_frame(next, FRAME_RESUME, none);
        let mut word = FRAME_VALUES;
        for (value, of) in arguments {
            self.write_value(next, word, value, of);
            word += width(of);
        }
        self.write(self.next_function, callee);
        self.write(self.next_frame, next);
        let here = self.word(number);
        self.write(self.resume, here);
        let trap = self.read_word(self.trap);
        let trapped = self.test(Op::INotEqual, &[trap, none]);
        let (leave, suspend) = (self.word(LEAVE), self.word(SUSPEND));
        let skip = self.select(unsigned, trapped, leave, suspend);
        self.write(self.skip, skip);
        self.close();
        let resumes = self.equals(self.skip, RESUME);
        let is_here = self.equals(self.resume, number);
        let hit = self.test(Op::LogicalAnd, &[resumes, is_here]);
        let now = self.read_word(self.skip);
        let skip = self.select(unsigned, hit, none, now);
        self.write(self.skip, skip);
        if results.is_empty() {
            return;
        }
        self.open();
        let frame = self.read_word(self.frame);
        let next = self.take(Op::IAdd, unsigned, &[frame, self.frame_words]);
        let mut word = FRAME_VALUES;
        for &of in results {
            let value = self.read_value(next, word, of);
            self.push(value, of);
            word += width(of);
        }
    }

    /// Calls a function that has frames, or one of the host's.
    pub(crate) fn call_framed(&mut self, callee: u32) {
        let signature = self.program.signature_of(callee).clone();
        let code = match self.program.functions[callee as usize].origin {
            Origin::Host { .. } => callee | HOST_FUNCTION,
            Origin::Defined { .. } | Origin::None => callee,
        };
        let code = self.word(code);
        self.leave_for(code, &signature.parameters, &signature.results);
    }

    /// Lets the host carry out an operation.
    pub(crate) fn ask(&mut self, task: Task, parameters: &[Type], results: &[Type]) {
        let (function, place) = self.place;
        let number = self.word(HOST_OPERATION + self.services.len() as u32);
        let (takes, gives) = (parameters.to_vec(), results.to_vec());
        self.services.push(Service { task, parameters: takes, results: gives, function, place });
        self.leave_for(number, parameters, results);
    }
}
