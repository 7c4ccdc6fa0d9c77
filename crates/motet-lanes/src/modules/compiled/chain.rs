//! What the host does for an instance between two dispatches: the steps of its program, and what it asks for.

use super::batch::{Batch, Room, Run};
use super::{CompiledEnd, StepOutcome};
use crate::error::LaneError;
use crate::modules::link::{Place, Step};
use crate::modules::service::{Asker, ModuleService, Reply};
use motet_middle::{Constant, Memory, Placement, Trap};
use motet_spirv::{
    FRAME_CALLER, FRAME_FUNCTION, FRAME_RESUME, FRAME_VALUES, HOST_FUNCTION, HOST_OPERATION, NO_CALLER, Origin,
    STATE_DEPTH, STATE_FRAME, STATE_FUNCTION, STATE_STATUS, STATUS_ASKS, STATUS_DONE, STATUS_RUNNING, STATUS_STACK,
    STATUS_TRAPPED, Task, width,
};

/// Pages that a memory may have.
const MOST_PAGES: u32 = 65_536;
/// What a growth gives that is not possible.
const NO_GROWTH: u64 = 0xFFFF_FFFF;

impl Run<'_> {
    /// Brings an instance to where a dispatch has something to do for it, and gives the kernel; none if it is over or waits.
    /// What it lacks is added to `wanted`.
    pub(super) fn attend(
        &mut self,
        batch: &mut Batch,
        lane: usize,
        wanted: &mut Room,
    ) -> Result<Option<usize>, LaneError> {
        while !batch.lanes[lane].over && !batch.lanes[lane].waits {
            match batch.word(lane, STATE_STATUS) {
                STATUS_RUNNING if self.give_fuel(batch, lane) => {
                    return Ok(self.kernel_of(batch.word(lane, STATE_FUNCTION)));
                }
                STATUS_RUNNING => {
                    let place = self.place(batch.word(lane, STATE_FUNCTION), 0);
                    self.finish(batch, lane, Err((Trap::OutOfFuel, place)));
                }
                STATUS_DONE if batch.lanes[lane].calls => {
                    let results = self.results(batch, lane);
                    self.finish(batch, lane, Ok(results));
                }
                STATUS_DONE => self.take_step(batch, lane),
                STATUS_ASKS => {
                    if !self.serve(batch, lane, wanted) {
                        return Ok(None);
                    }
                }
                STATUS_STACK => {
                    let room = Room { stack: batch.room.stack.saturating_mul(2), ..batch.room.clone() };
                    if batch.lanes.len() > 1 || self.most(&room) > 0 {
                        batch.set_word(lane, STATE_STATUS, STATUS_RUNNING);
                        wanted.stack = room.stack;
                        return Ok(None);
                    }
                    let place = self.place(batch.word(lane, STATE_FUNCTION), 0);
                    self.finish(batch, lane, Err((Trap::CallStackExhausted, place)));
                }
                status => {
                    let site = (status - STATUS_TRAPPED) as usize;
                    let kernel = self.kernel_of(batch.word(lane, STATE_FUNCTION));
                    let kernel = kernel.map(|kernel| &self.program.compiled.kernels[kernel]);
                    let (trap, function, offset) =
                        *kernel.and_then(|kernel| kernel.sites.get(site)).ok_or(LaneError::DeviceLost {
                            during: "a compiled function: an instance's state makes no sense",
                        })?;
                    let place = self.place(function, offset);
                    self.finish(batch, lane, Err((trap, place)));
                }
            }
        }
        Ok(None)
    }

    fn place(&self, function: u32, offset: u32) -> Option<Place> {
        Some(Place { function: self.program.image.name_of(function), offset })
    }

    /// What the call gave that has ended.
    fn results(&self, batch: &Batch, lane: usize) -> Vec<u64> {
        match self.step(&batch.lanes[lane]) {
            Some(&Step::Call { function, .. }) => {
                let parts = &self.program.image.parts;
                let of = &parts.signatures[parts.functions[function as usize].signature as usize];
                self.foreign.outward(&of.results, batch.values(lane, FRAME_VALUES, &of.results))
            }
            _ => Vec::new(),
        }
    }

    /// Ends the present step.
    fn finish(&mut self, batch: &mut Batch, lane: usize, outcome: StepOutcome) {
        let guarded = match self.step(&batch.lanes[lane]) {
            Some(Step::SetUp { guarded, .. } | Step::Call { guarded, .. }) => *guarded,
            _ => true,
        };
        batch.set_word(lane, STATE_STATUS, STATUS_DONE);
        let of = &mut batch.lanes[lane];
        (of.calls, of.step) = (false, of.step + 1);
        let left = &mut self.left[of.number];
        if let (Err((trap, place)), false) = (&outcome, guarded) {
            left.ended = Some(CompiledEnd::Trapped(*trap, place.clone()));
            of.over = true;
        }
        left.steps.push(outcome);
    }

    /// Begins the next step.
    fn take_step(&mut self, batch: &mut Batch, lane: usize) {
        let program = self.program;
        match self.step(&batch.lanes[lane]) {
            None => batch.lanes[lane].over = true,
            Some(&Step::SetUp { part, .. }) => match self.set_up(batch, lane, part) {
                Err(trap) => self.finish(batch, lane, Err((trap, None))),
                Ok(()) => match program.image.parts.linked[part].module.start {
                    Some(start) => {
                        self.call(batch, lane, program.image.parts.linked[part].functions[start as usize], &[])
                    }
                    None => self.finish(batch, lane, Ok(Vec::new())),
                },
            },
            Some(Step::Call { function, arguments, .. }) => {
                let of = &batch.lanes[lane];
                let own = self.starts[of.number].arguments.iter().find(|(call, _)| call.step == of.step);
                let arguments = own.map_or(arguments, |(_, arguments)| arguments).clone();
                self.call(batch, lane, *function, &arguments);
            }
            Some(&Step::ReadGlobal(global)) => {
                let of = program.image.parts.globals[global as usize];
                let bits = self.foreign.outward(&[of], vec![self.global(batch, lane, global)]);
                self.finish(batch, lane, Ok(bits));
            }
        }
    }

    /// Lets an instance call a function.
    fn call(&mut self, batch: &mut Batch, lane: usize, function: u32, arguments: &[u64]) {
        let parts = &self.program.image.parts;
        let of = parts.functions[function as usize];
        let is_host = matches!(of.origin, Origin::Host { .. });
        batch.set_stack_word(lane, FRAME_CALLER, 0);
        batch.set_stack_word(lane, FRAME_FUNCTION, NO_CALLER);
        batch.set_stack_word(lane, FRAME_RESUME, 0);
        let types = &parts.signatures[of.signature as usize].parameters;
        batch.set_values(lane, FRAME_VALUES, types, &self.foreign.inward(types, arguments));
        batch.set_word(lane, STATE_FRAME, 0);
        batch.set_word(lane, STATE_DEPTH, 0);
        batch.set_word(lane, STATE_FUNCTION, if is_host { function | HOST_FUNCTION } else { function });
        batch.set_word(lane, STATE_STATUS, if is_host { STATUS_ASKS } else { STATUS_RUNNING });
        batch.lanes[lane].calls = true;
    }

    // --- Setting an instance up. ---

    fn global(&self, batch: &Batch, lane: usize, global: u32) -> u64 {
        let at = self.program.compiled.state.globals[global as usize];
        let low = u64::from(batch.word(lane, at));
        let is_wide = width(self.program.image.parts.globals[global as usize]) == 2;
        if is_wide { u64::from(batch.word(lane, at + 1)) << 32 | low } else { low }
    }

    fn reference(&self, function: u32) -> u64 {
        let of = self.program.image.parts.functions[function as usize];
        let code = if matches!(of.origin, Origin::Host { .. }) { function | HOST_FUNCTION } else { function };
        u64::from(of.signature << 16 | (code + 1))
    }

    fn constant(&self, batch: &Batch, lane: usize, part: usize, constant: &Constant) -> u64 {
        let linked = &self.program.image.parts.linked[part];
        match *constant {
            Constant::Value(_, bits) => bits,
            Constant::Null(_) => 0,
            Constant::Function(function) => self.reference(linked.functions[function as usize]),
            Constant::Global(global) => self.global(batch, lane, linked.globals[global as usize]),
        }
    }

    fn set_up(&self, batch: &mut Batch, lane: usize, part: usize) -> Result<(), Trap> {
        let linked = &self.program.image.parts.linked[part];
        let layout = &self.program.compiled.state;
        let module = &linked.module;
        for (table, &number) in module.tables.iter().zip(&linked.tables) {
            if table.import.is_some() && batch.word(lane, layout.tables[number as usize]) < table.minimum {
                return Err(Trap::IncompatibleImport);
            }
        }
        for (memory, &number) in module.memories.iter().zip(&linked.memories) {
            if memory.import.is_some() && batch.word(lane, layout.memories[number as usize] + 1) < memory.minimum {
                return Err(Trap::IncompatibleImport);
            }
        }
        for (global, &number) in module.globals.iter().zip(&linked.globals) {
            let Some(initial) = &global.initial else { continue };
            let bits = self.constant(batch, lane, part, initial);
            let at = layout.globals[number as usize];
            batch.set_word(lane, at, bits as u32);
            if width(global.of) == 2 {
                batch.set_word(lane, at + 1, (bits >> 32) as u32);
            }
        }
        for (number, elements) in (0..).zip(&module.elements) {
            let Placement::Active(table, at) = &elements.placement else { continue };
            let at = self.constant(batch, lane, part, at) as u32;
            let count = elements.items.len() as u32;
            self.table_init(batch, lane, linked.tables[*table as usize], (part, number), [at, 0, count])?;
            batch.lanes[lane].dropped.insert((false, part, number));
        }
        for (number, data) in (0..).zip(&module.data) {
            let Placement::Active(memory, at) = &data.placement else { continue };
            let at = self.constant(batch, lane, part, at) as u32;
            let count = data.bytes.len() as u32;
            self.memory_init(batch, lane, linked.memories[*memory as usize], (part, number), [at, 0, count])?;
            batch.lanes[lane].dropped.insert((true, part, number));
        }
        Ok(())
    }

    // --- What an instance asks for. ---

    /// Serves a request; false if the instance waits on.
    fn serve(&mut self, batch: &mut Batch, lane: usize, wanted: &mut Room) -> bool {
        let function = batch.word(lane, STATE_FUNCTION);
        let frame = batch.word(lane, STATE_FRAME);
        let values = frame + FRAME_VALUES;
        let program = self.program;
        if let Some(number) = function.checked_sub(HOST_OPERATION) {
            let service = &program.compiled.services[number as usize];
            let arguments: Vec<u32> =
                batch.values(lane, values, &service.parameters).into_iter().map(|bits| bits as u32).collect();
            match self.carry_out(batch, lane, &service.task, &arguments, wanted) {
                None => return false,
                Some(Ok(result)) => {
                    batch.set_values(lane, values, &service.results, &[result]);
                    self.go_on(batch, lane, frame);
                }
                Some(Err(trap)) => {
                    let place = self.place(service.function, service.place);
                    self.finish(batch, lane, Err((trap, place)));
                }
            }
            return true;
        }
        let of = program.image.parts.functions[(function & !HOST_FUNCTION) as usize];
        let signature = &program.image.parts.signatures[of.signature as usize];
        let Origin::Host { service } = of.origin else { unreachable!("only the host's functions have such numbers") };
        let arguments = batch.values(lane, values, &signature.parameters);
        let arguments = self.foreign.outward(&signature.parameters, arguments);
        let pages = program.compiled.state.memories.first().map_or(0, |&at| batch.word(lane, at + 1));
        let asker = Asker::Compiled {
            arguments: &arguments,
            memory: batch.memory(lane, 0),
            bytes: pages as usize * Memory::PAGE as usize,
        };
        let number = batch.lanes[lane].number as u32;
        match self.host.answer(&ModuleService { of: asker, service, number }) {
            Reply::Results(results) => {
                let results = self.foreign.inward(&signature.results, &results);
                batch.set_values(lane, values, &signature.results, &results);
                self.go_on(batch, lane, frame);
            }
            Reply::Later => {
                batch.lanes[lane].waits = true;
                return false;
            }
            Reply::End => self.end(batch, lane, CompiledEnd::Ended),
            Reply::Trap(trap) => {
                let caller = batch.stack_word(lane, frame + FRAME_FUNCTION);
                let place = self.place(caller, 0).filter(|_| caller != NO_CALLER);
                self.finish(batch, lane, Err((trap, place)));
            }
        }
        true
    }

    /// Returns to the caller of what the host carried out.
    fn go_on(&self, batch: &Batch, lane: usize, frame: u32) {
        let caller = batch.stack_word(lane, frame + FRAME_FUNCTION);
        if caller == NO_CALLER {
            batch.set_word(lane, STATE_STATUS, STATUS_DONE);
            return;
        }
        batch.set_word(lane, STATE_FUNCTION, caller);
        batch.set_word(lane, STATE_FRAME, batch.stack_word(lane, frame + FRAME_CALLER));
        batch.set_word(lane, STATE_DEPTH, batch.word(lane, STATE_DEPTH) - 1);
        batch.set_word(lane, STATE_STATUS, STATUS_RUNNING);
    }

    /// Carries an operation out; nothing if there must be more room first.
    fn carry_out(
        &self,
        batch: &mut Batch,
        lane: usize,
        task: &Task,
        arguments: &[u32],
        wanted: &mut Room,
    ) -> Option<Result<u64, Trap>> {
        let layout = &self.program.compiled.state;
        let three = || [arguments[0], arguments[1], arguments[2]];
        let done = |result: Result<(), Trap>| Some(result.map(|()| 0));
        match *task {
            Task::MemoryGrow(memory) => self.grow(batch, lane, memory, arguments[0], wanted).map(Ok),
            Task::MemoryInit { memory, part, data } => {
                done(self.memory_init(batch, lane, memory, (part, data), three()))
            }
            Task::TableInit { table, part, elements } => {
                done(self.table_init(batch, lane, table, (part, elements), three()))
            }
            Task::DataDrop { part, data } => {
                batch.lanes[lane].dropped.insert((true, part, data));
                Some(Ok(0))
            }
            Task::ElementsDrop { part, elements } => {
                batch.lanes[lane].dropped.insert((false, part, elements));
                Some(Ok(0))
            }
            Task::TableGrow(table) => {
                let (at, capacity) =
                    (layout.tables[table as usize], self.program.image.parts.tables[table as usize].capacity);
                let size = batch.word(lane, at);
                let Some(grown) = size.checked_add(arguments[1]).filter(|&grown| grown <= capacity) else {
                    return Some(Ok(NO_GROWTH));
                };
                (size..grown).for_each(|index| batch.set_word(lane, at + 1 + index, arguments[0]));
                batch.set_word(lane, at, grown);
                Some(Ok(u64::from(size)))
            }
            Task::TableFill(table) => {
                let at = layout.tables[table as usize];
                let [goal, value, count] = three();
                match range(goal, count, batch.word(lane, at)) {
                    Some(range) => range.for_each(|index| batch.set_word(lane, at + 1 + index, value)),
                    None => return Some(Err(Trap::TableBounds)),
                }
                Some(Ok(0))
            }
            Task::TableCopy { to, from } => {
                let [goal, origin, count] = three();
                let (to, from) = (layout.tables[to as usize], layout.tables[from as usize]);
                let (Some(goal), Some(origin)) =
                    (range(goal, count, batch.word(lane, to)), range(origin, count, batch.word(lane, from)))
                else {
                    return Some(Err(Trap::TableBounds));
                };
                let values: Vec<u32> = origin.map(|index| batch.word(lane, from + 1 + index)).collect();
                goal.zip(values).for_each(|(index, value)| batch.set_word(lane, to + 1 + index, value));
                Some(Ok(0))
            }
        }
    }

    fn grow(&self, batch: &Batch, lane: usize, memory: u32, by: u32, wanted: &mut Room) -> Option<u64> {
        let at = self.program.compiled.state.memories[memory as usize] + 1;
        let pages = batch.word(lane, at);
        let limit = self.starts[batch.lanes[lane].number].memory_limit / u64::from(Memory::PAGE);
        let most = self.program.image.memories[memory as usize].maximum.unwrap_or(MOST_PAGES).min(MOST_PAGES);
        let most = most.min(u32::try_from(limit).unwrap_or(MOST_PAGES));
        let Some(grown) = pages.checked_add(by).filter(|&grown| grown <= most) else { return Some(NO_GROWTH) };
        let has = batch.room.pages[memory as usize];
        if grown > has {
            // Twice as much, so that growing page by page does not copy everything each time; or what fits.
            for pages in [grown.max(has.saturating_mul(2)).min(most), grown] {
                let mut room = batch.room.clone();
                room.pages[memory as usize] = pages;
                if self.most(&room) > 0 {
                    wanted.pages[memory as usize] = wanted.pages[memory as usize].max(pages);
                    return None;
                }
            }
            return Some(NO_GROWTH);
        }
        batch.set_word(lane, at, grown);
        Some(u64::from(pages))
    }

    fn memory_init(
        &self,
        batch: &Batch,
        lane: usize,
        memory: u32,
        (part, number): (usize, u32),
        [goal, origin, count]: [u32; 3],
    ) -> Result<(), Trap> {
        let data = &self.program.image.parts.linked[part].module.data[number as usize].bytes[..];
        let data = if batch.lanes[lane].dropped.contains(&(true, part, number)) { &[][..] } else { data };
        let size = u64::from(batch.word(lane, self.program.compiled.state.memories[memory as usize] + 1)) << 16;
        let fits = u64::from(goal) + u64::from(count) <= size;
        match range(origin, count, data.len() as u32) {
            Some(range) if fits => {
                batch.memory(lane, memory).write(goal as usize, &data[range.start as usize..range.end as usize]);
                Ok(())
            }
            _ => Err(Trap::MemoryBounds),
        }
    }

    fn table_init(
        &self,
        batch: &Batch,
        lane: usize,
        table: u32,
        (part, number): (usize, u32),
        [goal, origin, count]: [u32; 3],
    ) -> Result<(), Trap> {
        let elements = &self.program.image.parts.linked[part].module.elements[number as usize];
        let is_empty =
            elements.placement == Placement::Declared || batch.lanes[lane].dropped.contains(&(false, part, number));
        let items = if is_empty { &[][..] } else { &elements.items[..] };
        let at = self.program.compiled.state.tables[table as usize];
        let (Some(goal), Some(origin)) =
            (range(goal, count, batch.word(lane, at)), range(origin, count, items.len() as u32))
        else {
            return Err(Trap::TableBounds);
        };
        for (index, item) in goal.zip(&items[origin.start as usize..origin.end as usize]) {
            let bits = self.constant(batch, lane, part, item);
            batch.set_word(lane, at + 1 + index, bits as u32);
        }
        Ok(())
    }
}

/// The range of so many from a start, if it ends within the size.
fn range(start: u32, count: u32, size: u32) -> Option<std::ops::Range<u32>> {
    let end = start.checked_add(count)?;
    (end <= size).then_some(start..end)
}
