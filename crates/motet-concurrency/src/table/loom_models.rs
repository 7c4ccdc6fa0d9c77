use super::*;
use crate::parker::Bell;
use crate::waker::ReadyQueue;

/// While a use of a slot ends and another begins, a reference to the first is answered with the first or as stale, never
/// with the second.
#[test]
fn loom_t08_a_reference_never_reaches_the_next_use_of_its_slot() {
    loom::model(|| {
        let table = ThreadTable::new(2, 0).unwrap();
        let main = table.main().reference();
        let first = table.claim(main, |_| 1).unwrap();
        let reference = first.reference();
        let looker = {
            let table = table.clone();
            loom::thread::spawn(move || {
                if let Ok(entry) = table.get(reference) {
                    assert_eq!(*entry.handle(), 1);
                }
            })
        };
        drop(first);
        let second = table.claim(main, |_| 2).expect("the number is free at once");
        assert!(table.get(reference).is_err());
        assert_eq!(*table.get(second.reference()).unwrap().handle(), 2);
        looker.join().unwrap();
    });
}

/// The same where an entry is left to the next use: who has looked a reference up keeps the entry as it was.
#[test]
fn loom_t08_an_entry_is_not_used_again_while_somebody_knows_it() {
    loom::model(|| {
        let table = ThreadTable::new(2, ()).unwrap();
        let main = table.main().reference();
        let first = table.claim(main, |_| ()).unwrap();
        let reference = first.reference();
        let looker = {
            let table = table.clone();
            loom::thread::spawn(move || {
                if let Ok(entry) = table.get(reference) {
                    loom::thread::yield_now();
                    assert_eq!(entry.reference(), reference);
                }
            })
        };
        first.end().leave_to_next();
        let second = table.claim(main, |_| ()).expect("the number is free at once");
        assert!(table.get(reference).is_err());
        assert!(!second.entry().has_ended());
        assert_eq!(table.get(second.reference()).unwrap().reference(), second.reference());
        looker.join().unwrap();
    });
}

/// One keeps the entry of a thread, and learns of its end in another way: the entry says so, too.
#[test]
fn loom_t08_a_kept_entry_knows_of_an_end_that_was_heard_of() {
    loom::model(|| {
        let table = ThreadTable::new(2, ()).unwrap();
        let claim = table.claim(table.main().reference(), |_| ()).unwrap();
        let reference = claim.reference();
        let kept = table.get(reference).unwrap();
        let worker = loom::thread::spawn(move || drop(claim));
        if kept.has_ended() || table.get(reference).is_err() {
            assert!(kept.has_ended());
        }
        if table.end(reference).is_none_or(|end| !end.is_pending()) {
            assert!(kept.has_ended());
        }
        worker.join().unwrap();
        assert!(kept.has_ended());
    });
}

/// Two threads claim from a table with room for both, and end: numbers differ while both are in use.
#[test]
fn loom_t07_no_number_is_given_twice() {
    loom::model(|| {
        let table = ThreadTable::new(3, ()).unwrap();
        let other = {
            let table = table.clone();
            loom::thread::spawn(move || table.claim(table.main().reference(), |_| ()).unwrap())
        };
        let mine = table.claim(table.main().reference(), |_| ()).unwrap();
        let other = other.join().unwrap();
        assert_ne!(mine.reference().number(), other.reference().number());
        drop((mine, other));
        assert_eq!(table.count(), 1);
    });
}

/// A thread that joins at any moment of the end either finds it ended or is woken, and can claim the slot in both
/// cases.
#[test]
fn loom_t13_a_joiner_is_told_and_finds_the_slot_free() {
    loom::model(|| {
        let table = ThreadTable::new(2, ()).unwrap();
        let main = table.main().reference();
        let claim = table.claim(main, |_| ()).unwrap();
        let reference = claim.reference();
        let worker = loom::thread::spawn(move || drop(claim));
        let bell = Bell::detached();
        let ready = ReadyQueue::new(bell.clone());
        if let Some(end) = table.end(reference)
            && let Some(_wait) = end.wait(ready.waker(1))
        {
            assert!(bell.wait(None));
        }
        assert_eq!(table.claim(main, |_| ()).expect("the slot is free").reference().number(), 1);
        worker.join().unwrap();
    });
}
