//! Code while it is written: instructions with labels in place of distances, without ownership.

use motet_code::{Instruction, Op, Span};

/// A place in code that is written, known when it is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Label(pub u32);

/// An instruction that is not encoded yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// Operands that are jumps are left open.
    pub instruction: Instruction,
    /// The last of the words that follow the instruction, where that is an operand.
    pub word: u32,
    pub jump: Option<Label>,
    pub span: Span,
}

/// Errors in the steps from `start` to `end` go on at `target`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HandlerRange {
    pub start: Label,
    pub end: Label,
    pub target: Label,
    pub error: u16,
    /// It is a `catch`.
    pub catches: bool,
}

/// A function's steps. Labels and handlers refer to indexes of steps.
#[derive(Default)]
pub(crate) struct Steps {
    pub steps: Vec<Step>,
    /// The step that each label is bound to.
    pub labels: Vec<u32>,
    /// Innermost first.
    pub handlers: Vec<HandlerRange>,
}

const UNBOUND: u32 = u32::MAX;

impl Step {
    pub fn op(&self) -> Op {
        self.instruction.op().expect("steps are made from operations")
    }
}

impl Steps {
    pub fn label(&mut self) -> Label {
        self.labels.push(UNBOUND);
        Label(self.labels.len() as u32 - 1)
    }

    pub fn bind(&mut self, label: Label) {
        debug_assert_eq!(self.labels[label.0 as usize], UNBOUND, "a label is bound once");
        self.labels[label.0 as usize] = self.steps.len() as u32;
    }

    /// A label bound here.
    pub fn here(&mut self) -> Label {
        let label = self.label();
        self.bind(label);
        label
    }

    pub fn push(&mut self, instruction: Instruction, span: Span) {
        self.steps.push(Step { instruction, word: 0, jump: None, span });
    }

    pub fn push_word(&mut self, instruction: Instruction, word: u32, span: Span) {
        self.steps.push(Step { instruction, word, jump: None, span });
    }

    pub fn jump(&mut self, instruction: Instruction, target: Label, span: Span) {
        self.steps.push(Step { instruction, word: 0, jump: Some(target), span });
    }

    /// The step that a label is bound to.
    pub fn target(&self, label: Label) -> usize {
        let step = self.labels[label.0 as usize];
        debug_assert_ne!(step, UNBOUND, "every label that is used is bound");
        step as usize
    }
}
