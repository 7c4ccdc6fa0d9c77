use super::*;
use crate::completion::CompletionState;
use crate::parker::Bell;
use crate::waker::ReadyQueue;

fn table(limit: usize) -> Arc<ThreadTable<&'static str>> {
    ThreadTable::new(limit, "main").unwrap()
}

fn claim(table: &Arc<ThreadTable<&'static str>>, handle: &'static str) -> Claim<&'static str> {
    table.claim(table.main().reference(), |_| handle).unwrap()
}

#[test]
fn t02_the_main_thread_is_number_0_and_its_own_parent() {
    let table = table(64);
    let main = table.main();
    assert_eq!(main.reference().number(), 0);
    assert!(main.reference().is_main());
    assert_eq!(main.parent(), main.reference());
    assert_eq!(table.state(main.reference()), ThreadState::Running);
    assert_eq!(*table.get(main.reference()).unwrap().handle(), "main");
}

#[test]
fn t07_the_lowest_free_number_is_taken_and_one_more_than_the_limit_is_an_error() {
    let table = table(4);
    let first = claim(&table, "first");
    let second = claim(&table, "second");
    let third = claim(&table, "third");
    assert_eq!([&first, &second, &third].map(|claim| claim.reference().number()), [1, 2, 3]);
    assert_eq!(table.count(), 4);
    let error = table.claim(table.main().reference(), |_| "fourth").err().unwrap();
    assert!(matches!(error, ClaimError::Limit(4)));
    assert_eq!(error.to_string(), "all 4 threads are in use, the main thread included");
    drop(second);
    drop(third);
    assert_eq!(claim(&table, "fourth").reference().number(), 2);
    assert_eq!(table.count(), 2);
}

#[test]
fn t07_64_threads_by_default_and_any_limit_as_a_setting() {
    for limit in [1, 2, 63, 64, 65, 128, 200] {
        let table = ThreadTable::new(limit, ()).unwrap();
        let claims: Vec<_> = std::iter::from_fn(|| table.claim(table.main().reference(), |_| ()).ok()).collect();
        assert_eq!(claims.len(), limit - 1);
        assert_eq!(table.limit(), limit);
        assert!(claims.iter().enumerate().all(|(index, claim)| claim.reference().number() as usize == index + 1));
    }
    assert_eq!(ThreadTable::<()>::DEFAULT_LIMIT, 64);
}

#[test]
fn t08_a_stale_reference_reaches_nothing_but_may_be_joined() {
    let table = table(64);
    let first = claim(&table, "first");
    let stale = first.reference();
    assert!(table.end(stale).is_some());
    assert_eq!(table.mark_stopping(stale).map(|entry| *entry.handle()), Some("first"));
    assert_eq!(table.state(stale), ThreadState::Stopping);
    drop(first);
    let second = claim(&table, "second");
    assert_eq!(stale.number(), second.reference().number(), "the slot is used again");
    assert_ne!(stale, second.reference());
    assert_eq!(table.get(stale).err(), Some(StaleThread(stale)));
    assert!(table.end(stale).is_none(), "its work has ended");
    assert!(table.mark_stopping(stale).is_none());
    assert_eq!(table.state(stale), ThreadState::Ended);
    assert_eq!(table.state(second.reference()), ThreadState::Running);
}

#[test]
fn t08_secrets_are_fresh_and_never_printed() {
    let table = table(64);
    let secrets: std::collections::HashSet<u64> = (0..1000).map(|_| claim(&table, "").reference().secret.0).collect();
    assert_eq!(secrets.len(), 1000);
    let reference = claim(&table, "").reference();
    assert_eq!(format!("{reference:?}"), "<thread 1>");
}

#[test]
fn t13_joiners_are_told_when_the_number_is_free_again() {
    let table = table(2);
    let claim = claim(&table, "worker");
    let end = table.end(claim.reference()).unwrap();
    let ready = ReadyQueue::new(Bell::detached());
    let _wait = end.wait(ready.waker(3)).unwrap();
    let mut claim = claim;
    claim.free_number();
    assert_eq!(table.count(), 1);
    assert_eq!(table.state(claim.reference()), ThreadState::Ended);
    assert!(end.is_pending(), "what the thread reports comes first");
    drop(claim);
    assert_eq!(end.state(), CompletionState::Abandoned);
    let mut tokens = Vec::new();
    ready.take(&mut tokens);
    assert_eq!(tokens, [3]);
}

#[test]
fn t14_the_parent_is_known_after_it_has_ended() {
    let table = table(64);
    let parent = claim(&table, "parent");
    let child = table.claim(parent.reference(), |reference| {
        assert_eq!(reference.number(), 2);
        "child"
    });
    let child = child.unwrap();
    let parent_reference = parent.reference();
    drop(parent);
    assert_eq!(child.entry().parent(), parent_reference);
    assert_eq!(table.state(parent_reference), ThreadState::Ended);
    assert_eq!(table.all().iter().map(|entry| *entry.handle()).collect::<Vec<_>>(), ["main", "child"]);
}

#[test]
fn t07_a_claim_whose_handle_panics_frees_its_number() {
    let table = table(2);
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        table.claim(table.main().reference(), |_| panic!("no handle")).is_ok()
    }));
    assert!(result.is_err());
    assert_eq!(claim(&table, "next").reference().number(), 1);
}

#[test]
fn t07_an_entry_is_used_again_unless_somebody_knows_it() {
    let table = ThreadTable::new(3, ()).unwrap();
    let main = table.main().reference();
    let address = |claim: &Claim<()>| Arc::as_ptr(claim.entry());
    let first = table.claim(main, |_| ()).unwrap();
    let (place, reference) = (address(&first), first.reference());
    table.mark_stopping(reference);
    first.end().leave_to_next();
    let second = table.claim(reference, |_| panic!("there is one to be used again")).unwrap();
    assert_eq!(address(&second), place);
    assert_ne!(second.reference(), reference);
    assert_eq!(table.state(second.reference()), ThreadState::Running);
    assert_eq!(table.state(reference), ThreadState::Ended);
    assert_eq!(second.entry().parent(), reference);
    assert!(!second.entry().has_ended() && table.end(second.reference()).unwrap().is_pending());
    let known = table.get(second.reference()).unwrap();
    second.end().leave_to_next();
    let third = table.claim(main, |_| ()).unwrap();
    assert_ne!(address(&third), Arc::as_ptr(&known));
    assert!(known.has_ended());
}
