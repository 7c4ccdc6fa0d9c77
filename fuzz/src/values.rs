//! Values of any shape, cyclic and shared: copies and frozen values print and compare like the originals, copies share
//! nothing that can change, and all of it is freed.

use motet_vm::memory::{
    Heap, Notation, Parcel, PrintOptions, Symbol, Value, copy, freeze, hash_value, is_equal,
    live_objects_on_this_thread, print_value,
};

fn shown(value: &Value) -> String {
    print_value(value, &PrintOptions::display(Notation::Soc))
}

/// Builds values and links among them as the tape says; gives all of them.
fn build(tape: &[u8], heap: &Heap) -> Vec<Value> {
    let mut values = vec![heap.list(vec![])];
    for step in tape.chunks_exact(3) {
        let pick = |byte: u8| values[byte as usize % values.len()].clone();
        let (target, value) = (pick(step[1]), pick(step[2]));
        match step[0] % 8 {
            0 => values.push(heap.list(vec![value, target])),
            1 => values.push(heap.record(0)),
            2 => values.push(heap.string(&"s".repeat(step[1] as usize % 40))),
            3 => values.push(Value::int(i64::from(step[1]) - 100)),
            4 => values.push(Value::float(f64::from(step[1]) / 4.0)),
            5 => {
                if let Some(list) = target.as_list() {
                    // Frozen ones refuse.
                    let _ = list.push(value, heap);
                }
            }
            6 => {
                if let Some(record) = target.as_record() {
                    let _ = record.set(Symbol::intern(["a", "b", "c"][step[0] as usize / 8 % 3]), value, heap);
                }
            }
            _ => {
                // What holds something that cannot be frozen refuses.
                let _ = freeze(&target, heap);
            }
        }
    }
    values
}

pub fn copy_and_freeze(tape: &[u8]) {
    let before = live_objects_on_this_thread();
    {
        let heap = Heap::new();
        let values = build(&tape[..tape.len().min(600)], &heap);
        for value in values.iter().rev().take(8) {
            let text = shown(value);
            let copied = copy(value, &heap);
            assert_eq!(shown(&copied), text);
            assert!(is_equal(value, &copied));
            assert_eq!(hash_value(value), hash_value(&copied));
            heap.collect();
            let parcel = Parcel::pack(value, &heap).expect("they can be sent too");
            let other = Heap::new();
            let arrived = parcel.unpack(&other);
            assert_eq!(shown(&arrived), text);
            if freeze(value, &heap).is_ok() {
                assert_eq!(shown(value), text);
                assert!(is_equal(value, &copied));
            }
        }
    }
    assert_eq!(live_objects_on_this_thread(), before, "all is freed with the heap");
}
