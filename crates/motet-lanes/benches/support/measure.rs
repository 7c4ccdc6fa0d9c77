//! How the benchmarks of modules measure: processor time of the whole process, until there is enough of it.

use super::processor_time::processor_time;
use motet_lanes::Gpu;
use motet_lanes::modules::{
    HostFunction, Item, Linker, ModuleOptions, ModuleProcess, ModuleProgram, ModuleRuntime, ModuleService,
    ModuleSettings, Reply,
};
use motet_middle::Module;
use std::sync::Arc;
use std::time::Duration;

/// Processes that the interpreter runs at once.
pub const FEW: u32 = 64;
/// The least processor time of a measurement: the counter steps by ten milliseconds.
const LEAST: Duration = Duration::from_millis(600);

/// Milliseconds of processor time that one call takes. The first one is not counted.
pub fn milliseconds(mut call: impl FnMut()) -> f64 {
    call();
    let before = processor_time();
    let mut calls = 0;
    while processor_time() - before < LEAST {
        call();
        calls += 1;
    }
    (processor_time() - before).as_secs_f64() * 1e3 / f64::from(calls)
}

/// A host that does nothing.
pub fn silent(_: &ModuleService<'_>) -> Reply {
    Reply::Results(Vec::new())
}

/// A program, and processes of it.
type Started = (ModuleProgram, Vec<ModuleProcess>);

/// The interpreter tier.
pub struct Interpreted(pub ModuleRuntime);

impl Interpreted {
    /// Starts it, and waits until its kernel has run something.
    pub fn new(gpu: &Gpu) -> Interpreted {
        let runtime = ModuleRuntime::new(gpu, ModuleSettings::default()).expect("the kernel starts");
        runtime.start().expect("the kernel starts");
        let kernel = Interpreted(runtime);
        let text = motet_wasm::from_text("nothing", "(module (func (export \"run\") (param i32)))").expect("it is one");
        kernel.finish(kernel.start(&Arc::new(motet_wasm::read(&text).expect("it is valid")), 1));
        kernel
    }

    /// Starts so many processes of a module's `run`, with numbers that are spread over more than a thousand.
    pub fn start(&self, module: &Arc<Module>, count: u32) -> Started {
        let mut linker = Linker::new(1);
        let linked = linker.instantiate(module, HostFunction::resolve, false);
        let (instance, _) = linked.expect("it can be linked");
        let Some(Item::Function(run, _)) = linker.export(instance, "run") else { panic!("it exports `run`") };
        let call = linker.call_later(run);
        let program = self.0.load(Arc::new(linker.finish())).expect("it fits");
        let start = |number: u32| {
            let arguments = vec![(call.clone(), vec![u64::from(number) * 17])];
            self.0.spawn(&program, &ModuleOptions { arguments, ..ModuleOptions::default() }).expect("it fits")
        };
        let processes = (0..count).map(start).collect();
        (program, processes)
    }

    /// Waits for their ends.
    pub fn finish(&self, (program, processes): Started) {
        for process in processes {
            process.wait(Duration::from_secs(120)).expect("it ends");
        }
        self.0.unload(&program).expect("all have ended");
    }

    /// Milliseconds that [`FEW`] of them take.
    pub fn milliseconds(&self, module: &Arc<Module>) -> f64 {
        milliseconds(|| self.finish(self.start(module, FEW)))
    }
}
