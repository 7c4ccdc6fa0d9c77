//! Random operations on containers, done twice: by the VM's memory and by a safe model of reference-counted cells, hash
//! maps and vectors. After each run both must look the same, and the number of live objects must be what the model
//! reaches: nothing leaked, nothing freed too early.

use motet_memory::*;
use proptest::prelude::*;
use std::collections::{HashMap, HashSet};

/// Variables that hold the values of a run.
const VARIABLES: usize = 5;

#[derive(Clone, Debug)]
enum Operation {
    SetInt(usize, i8),
    SetText(usize, String),
    Append(usize, String),
    NewList(usize, Vec<usize>),
    NewRecord(usize),
    NewMap(usize),
    NewCell(usize, usize),
    Move(usize, usize),
    Clear(usize),
    Push(usize, usize),
    Pop(usize, usize),
    SetItem(usize, usize, usize),
    GetItem(usize, usize, usize),
    SetField(usize, u8, usize),
    GetField(usize, u8, usize),
    RemoveField(usize, u8),
    SetKey(usize, i8, usize),
    GetKey(usize, i8, usize),
    RemoveKey(usize, i8),
    Assign(usize, usize),
    Freeze(usize),
    Copy(usize, usize),
    Send(usize, usize),
    Collect,
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation::*;
    let v = || 0..VARIABLES;
    prop_oneof![
        1 => (v(), any::<i8>()).prop_map(|(a, i)| SetInt(a, i)),
        1 => (v(), "[a-zä]{0,3}").prop_map(|(a, t)| SetText(a, t)),
        1 => (v(), "[a-zä]{0,3}").prop_map(|(a, t)| Append(a, t)),
        1 => (v(), prop::collection::vec(v(), 0..3)).prop_map(|(a, items)| NewList(a, items)),
        1 => v().prop_map(NewRecord),
        1 => v().prop_map(NewMap),
        1 => (v(), v()).prop_map(|(a, b)| NewCell(a, b)),
        1 => (v(), v()).prop_map(|(a, b)| Move(a, b)),
        1 => v().prop_map(Clear),
        3 => (v(), v()).prop_map(|(a, b)| Push(a, b)),
        1 => (v(), v()).prop_map(|(a, b)| Pop(a, b)),
        1 => (v(), 0..3usize, v()).prop_map(|(a, i, b)| SetItem(a, i, b)),
        2 => (v(), 0..3usize, v()).prop_map(|(a, i, b)| GetItem(a, i, b)),
        3 => (v(), 0..90u8, v()).prop_map(|(a, k, b)| SetField(a, k, b)),
        3 => (v(), 0..3u8, v()).prop_map(|(a, k, b)| SetField(a, k, b)),
        2 => (v(), 0..3u8, v()).prop_map(|(a, k, b)| GetField(a, k, b)),
        1 => (v(), 0..3u8).prop_map(|(a, k)| RemoveField(a, k)),
        3 => (v(), -4..4i8, v()).prop_map(|(a, k, b)| SetKey(a, k, b)),
        1 => (v(), -4..4i8, v()).prop_map(|(a, k, b)| GetKey(a, k, b)),
        1 => (v(), -4..4i8).prop_map(|(a, k)| RemoveKey(a, k)),
        2 => (v(), v()).prop_map(|(a, b)| Assign(a, b)),
        1 => v().prop_map(Freeze),
        1 => (v(), v()).prop_map(|(a, b)| Copy(a, b)),
        1 => (v(), v()).prop_map(|(a, b)| Send(a, b)),
        1 => Just(Collect),
    ]
}

/// A value of the model; containers are numbers of objects in its store.
#[derive(Clone, Debug, PartialEq)]
enum Model {
    Null,
    Int(i64),
    Text(String),
    Object(usize),
}

#[derive(Clone, Debug)]
enum Contents {
    List(Vec<Model>),
    Record(Vec<(String, Model)>),
    Map(Vec<(i64, Model)>),
    Cell(Model),
}

impl Contents {
    fn children(&self) -> Vec<&Model> {
        match self {
            Contents::List(items) => items.iter().collect(),
            Contents::Record(fields) => fields.iter().map(|field| &field.1).collect(),
            Contents::Map(entries) => entries.iter().map(|entry| &entry.1).collect(),
            Contents::Cell(value) => vec![value],
        }
    }

    fn children_mut(&mut self) -> Vec<&mut Model> {
        match self {
            Contents::List(items) => items.iter_mut().collect(),
            Contents::Record(fields) => fields.iter_mut().map(|field| &mut field.1).collect(),
            Contents::Map(entries) => entries.iter_mut().map(|entry| &mut entry.1).collect(),
            Contents::Cell(value) => vec![value],
        }
    }
}

#[derive(Default)]
struct Store {
    objects: Vec<Contents>,
    frozen: HashSet<usize>,
}

impl Store {
    fn add(&mut self, contents: Contents) -> Model {
        self.objects.push(contents);
        Model::Object(self.objects.len() - 1)
    }

    fn reach<'a>(&self, roots: impl IntoIterator<Item = &'a Model>) -> HashSet<usize> {
        let mut met = HashSet::new();
        let mut waiting: Vec<usize> = roots.into_iter().filter_map(number).collect();
        while let Some(object) = waiting.pop() {
            if met.insert(object) {
                waiting.extend(self.objects[object].children().into_iter().filter_map(number));
            }
        }
        met
    }

    /// Contents that may be changed.
    fn change(&mut self, value: &Model) -> Option<&mut Contents> {
        let object = number(value).filter(|object| !self.frozen.contains(object))?;
        Some(&mut self.objects[object])
    }

    fn is_cell(&self, object: usize) -> bool {
        matches!(self.objects[object], Contents::Cell(_))
    }

    /// Freezes all that a value reaches, unless there is a cell among it.
    fn freeze(&mut self, value: &Model) -> bool {
        let reached = self.reach([value]);
        let possible = reached.iter().all(|&object| !self.is_cell(object));
        if possible {
            self.frozen.extend(reached);
        }
        possible
    }

    /// A deep copy. Cells are shared within an isolate, with what they hold, and cannot leave it. What is frozen is shared
    /// with other isolates, and copied into something that can be changed within one.
    fn copy(&mut self, value: &Model, leave: bool) -> Option<Model> {
        let mut copies = HashMap::new();
        let mut waiting = Vec::new();
        let root = self.copy_one(value, leave, &mut copies, &mut waiting)?;
        while let Some((from, to)) = waiting.pop() {
            let mut contents = self.objects[from].clone();
            for child in contents.children_mut() {
                *child = self.copy_one(child, leave, &mut copies, &mut waiting)?;
            }
            self.objects[to] = contents;
        }
        Some(root)
    }

    fn copy_one(
        &mut self,
        value: &Model,
        leave: bool,
        copies: &mut HashMap<usize, usize>,
        waiting: &mut Vec<(usize, usize)>,
    ) -> Option<Model> {
        let Some(object) = number(value).filter(|object| !(leave && self.frozen.contains(object))) else {
            return Some(value.clone());
        };
        if self.is_cell(object) {
            return (!leave).then(|| value.clone());
        }
        if let Some(&copy) = copies.get(&object) {
            return Some(Model::Object(copy));
        }
        self.objects.push(Contents::List(vec![]));
        let copy = self.objects.len() - 1;
        copies.insert(object, copy);
        waiting.push((object, copy));
        Some(Model::Object(copy))
    }
}

fn number(value: &Model) -> Option<usize> {
    match value {
        Model::Object(object) => Some(*object),
        _ => None,
    }
}

/// Both worlds.
struct Run {
    /// Dropped before the heap, as an isolate does it: cycles that are garbage by then are freed with the heap.
    values: Vec<Value>,
    heap: Heap,
    store: Store,
    models: Vec<Model>,
}

impl Run {
    fn new() -> Run {
        Run {
            heap: Heap::new(),
            values: vec![Value::NULL; VARIABLES],
            store: Store::default(),
            models: vec![Model::Null; VARIABLES],
        }
    }

    fn set(&mut self, variable: usize, value: Value, model: Model) {
        self.values[variable] = value;
        self.models[variable] = model;
    }

    fn apply(&mut self, operation: &Operation) {
        let heap = &self.heap;
        match operation {
            Operation::SetInt(a, int) => self.set(*a, Value::int(*int as i64), Model::Int(*int as i64)),
            Operation::SetText(a, text) => self.set(*a, self.heap.string(text), Model::Text(text.clone())),
            Operation::Append(a, text) => {
                let done = append_in_place(&mut self.values[*a], text, heap);
                if let Model::Text(model) = &mut self.models[*a] {
                    model.push_str(text);
                    assert!(done);
                } else {
                    assert!(!done);
                }
            }
            Operation::NewList(a, items) => {
                let value = heap.list(items.iter().map(|&item| self.values[item].clone()).collect());
                let contents = Contents::List(items.iter().map(|&item| self.models[item].clone()).collect());
                let model = self.store.add(contents);
                self.set(*a, value, model);
            }
            Operation::NewRecord(a) => {
                let (value, model) = (heap.record(2), self.store.add(Contents::Record(vec![])));
                self.set(*a, value, model);
            }
            Operation::NewMap(a) => {
                let (value, model) = (heap.map(0), self.store.add(Contents::Map(vec![])));
                self.set(*a, value, model);
            }
            Operation::NewCell(a, b) => {
                let value = heap.cell(self.values[*b].clone(), true);
                let model = self.store.add(Contents::Cell(self.models[*b].clone()));
                self.set(*a, value, model);
            }
            Operation::Move(a, b) => {
                let (value, model) = (self.values[*b].clone(), self.models[*b].clone());
                self.set(*a, value, model);
            }
            Operation::Clear(a) => self.set(*a, Value::NULL, Model::Null),
            Operation::Push(a, b) => {
                let value = self.values[*b].clone();
                let done = self.values[*a].as_list().map(|list| list.push(value, heap));
                let model = self.models[*b].clone();
                if let Some(Contents::List(items)) = self.store.change(&self.models[*a]) {
                    items.push(model);
                    assert_eq!(done, Some(Ok(())));
                } else {
                    assert_ne!(done, Some(Ok(())));
                }
            }
            Operation::Pop(a, b) => {
                let taken = self.values[*a].as_list().and_then(|list| list.pop().ok().flatten());
                let model = match self.store.change(&self.models[*a]) {
                    Some(Contents::List(items)) => items.pop(),
                    _ => None,
                };
                assert_eq!(taken.is_some(), model.is_some());
                if let (Some(value), Some(model)) = (taken, model) {
                    self.set(*b, value, model);
                }
            }
            Operation::SetItem(a, at, b) => {
                let value = self.values[*b].clone();
                let done = self.values[*a].as_list().map(|list| list.set(*at, value, heap));
                let model = self.models[*b].clone();
                match self.store.change(&self.models[*a]) {
                    Some(Contents::List(items)) if *at < items.len() => {
                        items[*at] = model;
                        assert_eq!(done, Some(Ok(true)));
                    }
                    _ => assert_ne!(done, Some(Ok(true))),
                }
            }
            Operation::GetItem(a, at, b) => {
                let value = self.values[*a].as_list().and_then(|list| list.get(*at));
                let model = match number(&self.models[*a]).map(|object| &self.store.objects[object]) {
                    Some(Contents::List(items)) => items.get(*at).cloned(),
                    _ => None,
                };
                assert_eq!(value.is_some(), model.is_some());
                if let (Some(value), Some(model)) = (value, model) {
                    self.set(*b, value, model);
                }
            }
            Operation::SetField(a, key, b) => {
                let value = self.values[*b].clone();
                let done =
                    self.values[*a].as_record().map(|record| record.set_named(field_name(*key, heap), value, heap));
                let model = self.models[*b].clone();
                if let Some(Contents::Record(fields)) = self.store.change(&self.models[*a]) {
                    let key = &*name(*key);
                    match fields.iter_mut().find(|field| field.0 == key) {
                        Some(field) => field.1 = model,
                        None => fields.push((key.to_string(), model)),
                    }
                    assert_eq!(done, Some(Ok(())));
                } else {
                    assert_ne!(done, Some(Ok(())));
                }
            }
            Operation::GetField(a, key, b) => {
                let value = self.values[*a].as_record().and_then(|record| record.get(&*name(*key)));
                let model = match number(&self.models[*a]).map(|object| &self.store.objects[object]) {
                    Some(Contents::Record(fields)) => {
                        fields.iter().find(|field| field.0 == name(*key)).map(|field| field.1.clone())
                    }
                    _ => None,
                };
                assert_eq!(value.is_some(), model.is_some());
                if let (Some(value), Some(model)) = (value, model) {
                    self.set(*b, value, model);
                }
            }
            Operation::RemoveField(a, key) => {
                let taken =
                    self.values[*a].as_record().and_then(|record| record.remove(&*name(*key), heap).ok().flatten());
                let mut removed = false;
                if let Some(Contents::Record(fields)) = self.store.change(&self.models[*a]) {
                    let before = fields.len();
                    fields.retain(|field| field.0 != name(*key));
                    removed = fields.len() < before;
                }
                assert_eq!(taken.is_some(), removed);
            }
            Operation::SetKey(a, key, b) => {
                let value = self.values[*b].clone();
                // Half the keys as floats: they are the same keys.
                let key_value = if *b % 2 == 0 { Value::int(*key as i64) } else { Value::float(*key as f64) };
                let done = self.values[*a].as_map().map(|map| map.set(key_value, value, heap).is_ok());
                let model = self.models[*b].clone();
                if let Some(Contents::Map(entries)) = self.store.change(&self.models[*a]) {
                    match entries.iter_mut().find(|entry| entry.0 == *key as i64) {
                        Some(entry) => entry.1 = model,
                        None => entries.push((*key as i64, model)),
                    }
                    assert_eq!(done, Some(true));
                } else {
                    assert_ne!(done, Some(true));
                }
            }
            Operation::GetKey(a, key, b) => {
                let value = self.values[*a].as_map().and_then(|map| map.get(&Value::int(*key as i64)));
                let model = match number(&self.models[*a]).map(|object| &self.store.objects[object]) {
                    Some(Contents::Map(entries)) => {
                        entries.iter().find(|entry| entry.0 == *key as i64).map(|entry| entry.1.clone())
                    }
                    _ => None,
                };
                assert_eq!(value.is_some(), model.is_some());
                if let (Some(value), Some(model)) = (value, model) {
                    self.set(*b, value, model);
                }
            }
            Operation::RemoveKey(a, key) => {
                let key_value = Value::int(*key as i64);
                let taken = self.values[*a].as_map().and_then(|map| map.remove(&key_value).ok().flatten());
                let mut removed = false;
                if let Some(Contents::Map(entries)) = self.store.change(&self.models[*a]) {
                    let before = entries.len();
                    entries.retain(|entry| entry.0 != *key as i64);
                    removed = entries.len() < before;
                }
                assert_eq!(taken.is_some(), removed);
            }
            Operation::Assign(a, b) => {
                let value = self.values[*b].clone();
                let done = self.values[*a].as_cell().map(|cell| cell.set(value, heap));
                let model = self.models[*b].clone();
                if let Some(Contents::Cell(content)) = self.store.change(&self.models[*a]) {
                    *content = model;
                    assert_eq!(done, Some(Ok(())));
                }
            }
            Operation::Freeze(a) => {
                let done = freeze(&self.values[*a], heap).is_ok();
                assert_eq!(done, self.store.freeze(&self.models[*a]));
            }
            Operation::Copy(a, b) => {
                let value = copy(&self.values[*b], heap);
                let model = self.store.copy(&self.models[*b], false).expect("copies are always possible");
                self.set(*a, value, model);
            }
            Operation::Send(a, b) => {
                let sent = Parcel::pack(&self.values[*b], heap);
                let model = self.store.copy(&self.models[*b], true);
                assert_eq!(sent.is_ok(), model.is_some(), "{:?}", sent.err());
                if let (Ok(sent), Some(model)) = (sent, model) {
                    let value = sent.unpack(&self.heap);
                    self.set(*a, value, model);
                }
            }
            Operation::Collect => {
                heap.collect();
            }
        }
    }

    /// Both worlds have the same form: a walk over one finds its counterpart in the other, identities included.
    fn check_form(&self) {
        let mut pairs = HashMap::new();
        let mut waiting: Vec<(Value, Model)> = self.values.iter().cloned().zip(self.models.iter().cloned()).collect();
        while let Some((value, model)) = waiting.pop() {
            let object = match model {
                Model::Null => {
                    assert!(value.is_null());
                    continue;
                }
                Model::Int(int) => {
                    assert_eq!(value.as_int(), Some(int));
                    continue;
                }
                Model::Text(text) => {
                    assert_eq!(value.as_str(), Some(text.as_str()));
                    assert_eq!(value.as_string().map(|string| string.length()), Some(text.chars().count()));
                    continue;
                }
                Model::Object(object) => object,
            };
            if let Some(known) = pairs.insert(object, value.payload()) {
                assert_eq!(known, value.payload(), "one object in the model is one in memory");
                continue;
            }
            assert_eq!(value.is_frozen(), self.store.frozen.contains(&object));
            match &self.store.objects[object] {
                Contents::List(items) => {
                    let list = value.as_list().expect("a list");
                    assert_eq!(list.length(), items.len());
                    waiting.extend(list.items().iter().cloned().zip(items.iter().cloned()));
                }
                Contents::Record(fields) => {
                    let mut in_memory = Vec::new();
                    value
                        .as_record()
                        .expect("a record")
                        .for_each(|name, value| in_memory.push((name.clone(), value.clone())));
                    assert_eq!(in_memory.len(), fields.len());
                    for ((name, value), (expected, model)) in in_memory.into_iter().zip(fields) {
                        assert_eq!(name.as_str(), expected, "order is kept");
                        waiting.push((value, model.clone()));
                    }
                }
                Contents::Map(entries) => {
                    let mut in_memory = Vec::new();
                    value.as_map().expect("a map").for_each(|key, value| in_memory.push((key.clone(), value.clone())));
                    assert_eq!(in_memory.len(), entries.len());
                    for ((key, value), (expected, model)) in in_memory.into_iter().zip(entries) {
                        assert_eq!(key.as_number(), Some(*expected as f64), "order is kept");
                        waiting.push((value, model.clone()));
                    }
                }
                Contents::Cell(content) => waiting.push((value.as_cell().expect("a cell").get(), content.clone())),
            }
        }
        let distinct: HashSet<_> = pairs.values().collect();
        assert_eq!(distinct.len(), pairs.len(), "two objects in the model are two in memory");
    }

    /// Live objects are those that the model reaches, and strings.
    fn check_census(&self, before: i64) {
        if !cfg!(debug_assertions) {
            return;
        }
        // Twice: what died by its count in the first is swept in the second.
        self.heap.collect();
        self.heap.collect();
        let reached = self.store.reach(&self.models).len() as i64;
        let mut strings = HashSet::new();
        let mut met = HashSet::new();
        let mut waiting: Vec<Value> = self.values.clone();
        while let Some(value) = waiting.pop() {
            if !value.is_heap() || !met.insert(value.payload()) {
                continue;
            }
            if let Some(text) = value.as_str() {
                // Strings of one ASCII character belong to the process, unless they were made by appending.
                if !self.heap.string(text).is_same(&value) {
                    strings.insert(value.payload());
                }
            } else if let Some(list) = value.as_list() {
                waiting.extend(list.items().iter().cloned());
            } else if let Some(record) = value.as_record() {
                record.for_each(|name, value| {
                    // A name that is no symbol is a string.
                    if name.as_symbol().is_none() {
                        waiting.push(name.to_string_value(&self.heap));
                    }
                    waiting.push(value.clone());
                });
            } else if let Some(map) = value.as_map() {
                map.for_each(|_, value| waiting.push(value.clone()));
            } else if let Some(cell) = value.as_cell() {
                waiting.push(cell.get());
            }
        }
        assert_eq!(live_objects_on_this_thread() - before, reached + strings.len() as i64);
    }
}

/// Every third name is a text that is too long to become a symbol.
fn name(key: u8) -> String {
    if key.is_multiple_of(3) {
        format!("field{key}{}", " which code does not mention".repeat(3))
    } else {
        format!("field{key}")
    }
}

fn field_name(key: u8, heap: &Heap) -> FieldName {
    FieldName::new(&name(key), heap)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn memory_does_what_the_model_does(operations in prop::collection::vec(operation(), 1..120)) {
        let before = live_objects_on_this_thread();
        let mut run = Run::new();
        for operation in &operations {
            run.apply(operation);
        }
        run.check_form();
        run.check_census(before);
        run.check_form();
        drop(run);
        prop_assert_eq!(live_objects_on_this_thread(), before);
    }
}
