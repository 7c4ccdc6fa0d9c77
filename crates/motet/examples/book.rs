//! What `docs/book` says about embedding, as it stands there. A test looks that the two agree.
//!
//! ```console
//! $ cargo run -p motet --example book
//! ```

use motet::{CallContext, Computed, Limits, Vm};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn a_program_is_called() -> Result<()> {
    let vm = Vm::new();
    let module = vm.load_text("export fn double(x) { x * 2 }")?;
    let doubled: i64 = vm.call(&module.get("double")?, (21,))?;
    assert_eq!(doubled, 42);
    Ok(())
}

fn a_program_calls_functions() -> Result<Vm> {
    let vm = Vm::new();
    vm.function("area", |width: f64, height: f64| width * height);
    let module = vm.load_text("export fn price(w, h) { area(w, h) * 3 }")?;
    let price: f64 = vm.call(&module.get("price")?, (2, 1.5))?;
    assert_eq!(price, 9.0);
    Ok(vm)
}

fn a_signal_is_shared(vm: &Vm) -> Result<()> {
    let celsius = vm.signal(20.0);
    let module = vm.load_text("export fn fahrenheit(c) { computed(() => c.value * 9 / 5 + 32) }")?;
    let fahrenheit: Computed<f64> = vm.call(&module.get("fahrenheit")?, (&celsius,))?;
    celsius.set(100.0);
    assert_eq!(fahrenheit.get()?, 212.0);
    Ok(())
}

fn a_limit_ends_a_program(vm: &Vm) -> Result<()> {
    let context = CallContext::new().limits(Limits { steps: Some(100_000), ..Limits::default() });
    let module = vm.load_text("export fn forever() { loop {} }")?;
    let ended = vm.call_with::<()>(&context, &module.get("forever")?, ());
    assert_eq!(ended.unwrap_err().class(), "LimitError");
    Ok(())
}

fn main() -> Result<()> {
    a_program_is_called()?;
    let vm = a_program_calls_functions()?;
    a_signal_is_shared(&vm)?;
    a_limit_ends_a_program(&vm)?;
    println!("all of it holds");
    Ok(())
}
