use super::*;
use crate::completion::{Ending, completion};
use crate::waker::ReadyQueue;
use proptest::prelude::*;

fn bounded(limit: usize) -> Capacity {
    Capacity::Bounded(NonZeroUsize::new(limit).unwrap())
}

/// A task's side of a wait: which of its tokens have been told.
struct ReadyTokens {
    ready: Arc<ReadyQueue>,
}

impl ReadyTokens {
    fn new() -> ReadyTokens {
        ReadyTokens { ready: ReadyQueue::new(Bell::detached()) }
    }

    fn waker(&self, token: u64) -> Waker {
        self.ready.waker(token)
    }

    fn take(&self) -> Vec<u64> {
        let mut tokens = Vec::new();
        self.ready.take(&mut tokens);
        tokens
    }
}

fn waiting<T: Send>(sending: Sending<T>) -> PendingSend<T> {
    match sending {
        Sending::Waiting(pending) => pending,
        Sending::Delivered => panic!("it was delivered"),
        Sending::Closed(_) => panic!("it was refused"),
    }
}

fn is_delivered<T: Send>(sending: Sending<T>) -> bool {
    matches!(sending, Sending::Delivered)
}

#[test]
fn t14_messages_come_in_order_and_the_owner_is_told_once_per_batch() {
    let bell = Bell::detached();
    let mailbox = Mailbox::owned(bell.clone(), Capacity::MAILBOX);
    mailbox.try_send(1).unwrap();
    assert_eq!(bell.take(), Reasons::MESSAGE);
    mailbox.try_send(2).unwrap();
    mailbox.try_send(3).unwrap();
    assert!(!bell.word().is_raised(), "it has been told and has not looked");

    let mut batch = VecDeque::new();
    assert_eq!(mailbox.receive(&mut batch, 2), Ok(2));
    assert_eq!(bell.take(), Reasons::MESSAGE, "something was left");
    assert_eq!(mailbox.receive(&mut batch, usize::MAX), Ok(1));
    assert_eq!(batch, [1, 2, 3]);
    assert!(!bell.word().is_raised());
    mailbox.try_send(4).unwrap();
    assert_eq!(bell.take(), Reasons::MESSAGE);
    assert_eq!(mailbox.counts(), Counts { sent: 4, received: 3, ..Counts::default() });
}

#[test]
fn t16_a_full_mailbox_refuses_or_lets_stand_in_line() {
    let mailbox = Mailbox::channel(bounded(2));
    let told = ReadyTokens::new();
    mailbox.try_send(1).unwrap();
    mailbox.try_send(2).unwrap();
    assert_eq!(mailbox.try_send(9), Err(TrySendError::Full(9)));
    let third = waiting(mailbox.send(3, || told.waker(3)));
    let fourth = waiting(mailbox.send(4, || told.waker(4)));
    assert_eq!(mailbox.waiting_senders(), 2);
    assert_eq!(told.take(), []);

    assert_eq!(mailbox.try_receive(), Ok(1));
    assert_eq!(told.take(), [3], "the first in line moved up, and no other");
    assert!(is_delivered(third.progress()));
    assert_eq!(mailbox.try_send(9), Err(TrySendError::Full(9)), "newcomers do not overtake");
    let fourth = waiting(fourth.progress());
    assert_eq!(mailbox.try_receive(), Ok(2));
    assert_eq!(mailbox.try_receive(), Ok(3));
    assert_eq!(mailbox.try_receive(), Ok(4));
    assert!(is_delivered(fourth.progress()));
    assert_eq!(mailbox.try_receive(), Err(TryReceiveError::Empty));
    assert_eq!(mailbox.counts(), Counts { sent: 4, received: 4, refused: 2, dropped: 0 });
}

#[test]
fn t16_a_batch_makes_room_for_many_in_line() {
    let bell = Bell::detached();
    let mailbox = Mailbox::owned(bell.clone(), bounded(2));
    let told = ReadyTokens::new();
    let pending: Vec<_> =
        (0..5).map(|number| mailbox.send(number, || told.waker(number))).skip(2).map(waiting).collect();
    bell.take();
    let mut batch = VecDeque::new();
    assert_eq!(mailbox.receive(&mut batch, usize::MAX), Ok(2));
    assert_eq!(told.take(), [2, 3]);
    assert_eq!(bell.take(), Reasons::MESSAGE, "they are in the queue now, and the owner is told");
    assert_eq!(mailbox.receive(&mut batch, usize::MAX), Ok(2));
    assert_eq!(mailbox.receive(&mut batch, usize::MAX), Ok(1));
    assert_eq!(batch, [0, 1, 2, 3, 4]);
    assert!(pending.into_iter().all(|pending| is_delivered(pending.progress())));
}

#[test]
fn a_sender_that_goes_away_takes_its_message_along() {
    let mailbox = Mailbox::channel(bounded(1));
    let told = ReadyTokens::new();
    mailbox.try_send(Arc::new(1)).unwrap();
    let message = Arc::new(2);
    let withdrawn = waiting(mailbox.send(message.clone(), || told.waker(2)));
    let dropped = waiting(mailbox.send(message.clone(), || told.waker(3)));
    assert_eq!(withdrawn.withdraw().as_deref(), Some(&2));
    drop(dropped);
    assert_eq!(Arc::strong_count(&message), 1);
    assert_eq!(mailbox.waiting_senders(), 0);
    assert_eq!(mailbox.try_receive().as_deref(), Ok(&1));
    assert_eq!(told.take(), []);
    assert_eq!(mailbox.counts(), Counts { sent: 1, received: 1, refused: 2, dropped: 0 });
}

#[test]
fn closing_refuses_senders_and_lets_receivers_finish() {
    let mailbox = Mailbox::channel(bounded(1));
    let told = ReadyTokens::new();
    mailbox.try_send(1).unwrap();
    let pending = waiting(mailbox.send(2, || told.waker(2)));
    mailbox.close();
    assert_eq!(told.take(), [2]);
    assert!(matches!(pending.progress(), Sending::Closed(2)));
    assert_eq!(mailbox.try_send(3), Err(TrySendError::Closed(3)));
    assert!(matches!(mailbox.send(4, || told.waker(4)), Sending::Closed(4)));
    assert_eq!(mailbox.try_receive(), Ok(1));
    assert_eq!(mailbox.try_receive(), Err(TryReceiveError::Closed));
    assert_eq!(mailbox.receive(&mut VecDeque::new(), 1), Err(Closed));
    assert!(mailbox.wait_to_receive(told.waker(5)).is_none(), "there is nothing to wait for");
    assert_eq!(mailbox.counts(), Counts { sent: 1, received: 1, refused: 3, dropped: 0 });
}

#[test]
fn closing_tells_all_who_wait() {
    let mailbox: Arc<Mailbox<u8>> = Mailbox::channel(Capacity::Unbounded);
    let told = ReadyTokens::new();
    let _waits = [mailbox.wait_to_receive(told.waker(1)), mailbox.wait_to_receive(told.waker(2))];
    assert_eq!(mailbox.waiting_receivers(), 2);
    mailbox.close();
    assert_eq!(told.take(), [1, 2]);
}

#[test]
fn an_abandoned_mailbox_accounts_for_what_was_inside() {
    let mailbox = Mailbox::owned(Bell::detached(), Capacity::MAILBOX);
    mailbox.try_send("a").unwrap();
    mailbox.try_send("b").unwrap();
    assert_eq!(mailbox.try_receive(), Ok("a"));
    assert_eq!(mailbox.abandon(), ["b"]);
    assert_eq!(mailbox.try_send("c"), Err(TrySendError::Closed("c")));
    assert_eq!(mailbox.counts(), Counts { sent: 2, received: 1, refused: 1, dropped: 1 });
    assert!(mailbox.is_empty() && mailbox.is_closed());
}

#[test]
fn each_message_tells_one_receiver_in_order() {
    let mailbox = Mailbox::channel(Capacity::Unbounded);
    let told = ReadyTokens::new();
    let first = mailbox.wait_to_receive(told.waker(1)).unwrap();
    let _second = mailbox.wait_to_receive(told.waker(2)).unwrap();
    mailbox.try_send('a').unwrap();
    assert_eq!(told.take(), [1]);

    // Another is faster; the first waits again, before the second.
    assert_eq!(mailbox.try_receive(), Ok('a'));
    let _first = match mailbox.receive_or_wait(Some(first), || told.waker(1)) {
        Receiving::Waiting(registration) => registration,
        Receiving::Message(_) | Receiving::Closed => panic!("nothing is there"),
    };
    mailbox.try_send('b').unwrap();
    assert_eq!(told.take(), [1]);
    mailbox.try_send('c').unwrap();
    assert_eq!(told.take(), [2]);
}

#[test]
fn a_receiver_that_leaves_after_having_been_told_tells_the_next() {
    let mailbox = Mailbox::channel(Capacity::Unbounded);
    let told = ReadyTokens::new();
    let first = mailbox.wait_to_receive(told.waker(1)).unwrap();
    let second = mailbox.wait_to_receive(told.waker(2)).unwrap();
    let third = mailbox.wait_to_receive(told.waker(3)).unwrap();
    drop(second);
    mailbox.try_send('a').unwrap();
    assert_eq!(told.take(), [1]);
    drop(first);
    assert_eq!(told.take(), [3]);
    assert_eq!(mailbox.try_receive(), Ok('a'));
    drop(third);
    assert_eq!(told.take(), []);
}

#[test]
fn t21_a_select_takes_one_and_leaves_the_others_as_they_were() {
    let (left, right) = (Mailbox::channel(Capacity::Unbounded), Mailbox::channel(Capacity::Unbounded));
    let (completer, future) = completion::<u8, ()>();
    let (select, other) = (ReadyTokens::new(), ReadyTokens::new());

    // The select's three arms, one token for all.
    let arms = [left.wait_to_receive(select.waker(1)), right.wait_to_receive(select.waker(1))];
    let future_arm = future.wait(select.waker(1));
    let _other = right.wait_to_receive(other.waker(1)).unwrap();

    left.try_send("left").unwrap();
    right.try_send("right").unwrap();
    assert_eq!(select.take(), [1, 1], "both arms can go on; the select takes the first that can");
    assert_eq!(left.try_receive(), Ok("left"));
    drop(arms);
    drop(future_arm);
    assert_eq!(other.take(), [1], "the right one's message is not lost to others");
    assert_eq!(right.try_receive(), Ok("right"));

    completer.complete(Ending::Success(1)).unwrap();
    assert_eq!(select.take(), [], "the future's arm is gone");
    assert_eq!(left.waiting_receivers(), 0);
}

#[derive(Clone, Debug)]
enum Step {
    TrySend,
    Send,
    Receive(usize),
    Withdraw(usize),
    Ask(usize),
    Close,
    Abandon,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => Just(Step::TrySend),
        6 => Just(Step::Send),
        6 => (1..4_usize).prop_map(Step::Receive),
        2 => (0..4_usize).prop_map(Step::Withdraw),
        2 => (0..4_usize).prop_map(Step::Ask),
        1 => Just(Step::Close),
        1 => Just(Step::Abandon),
    ]
}

proptest! {
    /// Against two plain queues: what is inside, and who stands in line.
    #[test]
    fn t16_a_mailbox_is_a_queue_with_a_line(limit in 1..4_usize, steps in prop::collection::vec(step(), 0..80)) {
        let mailbox = Mailbox::channel(bounded(limit));
        let told = ReadyTokens::new();
        let mut pending: Vec<(u64, PendingSend<u64>)> = Vec::new();
        let (mut inside, mut line) = (VecDeque::new(), VecDeque::new());
        let mut closed = false;
        for (number, step) in steps.into_iter().enumerate() {
            let number = number as u64;
            match step {
                Step::TrySend => {
                    let expected = if closed {
                        Err(TrySendError::Closed(number))
                    } else if inside.len() == limit {
                        Err(TrySendError::Full(number))
                    } else {
                        inside.push_back(number);
                        Ok(())
                    };
                    prop_assert_eq!(mailbox.try_send(number), expected);
                }
                Step::Send => match mailbox.send(number, || told.waker(number)) {
                    Sending::Delivered => {
                        prop_assert!(!closed && inside.len() < limit && line.is_empty());
                        inside.push_back(number);
                    }
                    Sending::Waiting(sending) => {
                        prop_assert!(!closed && inside.len() == limit);
                        line.push_back(number);
                        pending.push((number, sending));
                    }
                    Sending::Closed(back) => prop_assert!(closed && back == number),
                },
                Step::Receive(at_most) => {
                    let mut batch = VecDeque::new();
                    let result = mailbox.receive(&mut batch, at_most);
                    let count = at_most.min(inside.len());
                    prop_assert_eq!(result, if closed && count == 0 { Err(Closed) } else { Ok(count) });
                    prop_assert!(batch.into_iter().eq(inside.drain(..count)));
                    let moved = if closed { 0 } else { (limit - inside.len()).min(line.len()) };
                    let moved: Vec<u64> = line.drain(..moved).collect();
                    prop_assert_eq!(&told.take(), &moved);
                    inside.extend(moved);
                }
                Step::Withdraw(index) if index < pending.len() => {
                    let (number, sending) = pending.swap_remove(index);
                    let in_line = line.iter().position(|&waiting| waiting == number);
                    prop_assert_eq!(sending.withdraw(), in_line.map(|_| number));
                    in_line.map(|place| line.remove(place));
                }
                Step::Ask(index) if index < pending.len() => {
                    let (number, sending) = pending.swap_remove(index);
                    match sending.progress() {
                        Sending::Delivered => prop_assert!(!line.contains(&number)),
                        Sending::Waiting(sending) => {
                            prop_assert!(line.contains(&number) && !closed);
                            pending.push((number, sending));
                        }
                        Sending::Closed(back) => {
                            prop_assert!(closed && back == number);
                            line.retain(|&waiting| waiting != number);
                        }
                    }
                }
                Step::Withdraw(_) | Step::Ask(_) => {}
                Step::Close => {
                    mailbox.close();
                    prop_assert_eq!(told.take(), if closed { Vec::new() } else { line.iter().copied().collect() });
                    closed = true;
                }
                Step::Abandon => {
                    prop_assert_eq!(mailbox.abandon(), std::mem::take(&mut inside));
                    prop_assert_eq!(told.take(), if closed { Vec::new() } else { line.iter().copied().collect() });
                    closed = true;
                }
            }
            let counts = mailbox.counts();
            prop_assert_eq!(counts.sent, counts.received + counts.dropped + mailbox.len() as u64);
            prop_assert_eq!(mailbox.len(), inside.len());
            prop_assert_eq!(mailbox.waiting_senders(), line.len());
        }
    }
}
