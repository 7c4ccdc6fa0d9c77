use super::*;
use crate::sync::model_bounded;
use crate::waker::ReadyQueue;

fn bounded(limit: usize) -> Capacity {
    Capacity::Bounded(NonZeroUsize::new(limit).unwrap())
}

/// Two senders and an owner that sleeps between batches: it gets both messages, without a further ring.
#[test]
fn loom_t04_no_message_is_left_without_a_ring() {
    model_bounded(|| {
        let bell = Bell::detached();
        let mailbox = Mailbox::owned(bell.clone(), Capacity::MAILBOX);
        let senders: Vec<_> = [1, 2]
            .into_iter()
            .map(|message| {
                let mailbox = mailbox.clone();
                loom::thread::spawn(move || mailbox.try_send(message).unwrap())
            })
            .collect();
        let mut received = VecDeque::new();
        while received.len() < 2 {
            assert!(bell.wait(None));
            assert_eq!(bell.take(), Reasons::MESSAGE);
            mailbox.receive(&mut received, usize::MAX).unwrap();
        }
        for sender in senders {
            sender.join().unwrap();
        }
        assert_eq!(received.iter().sum::<i32>(), 3);
        assert_eq!(mailbox.counts(), Counts { sent: 2, received: 2, ..Counts::default() });
    });
}

/// A sender that stands in line sleeps until its message has moved up; order is kept, nothing is lost.
#[test]
fn loom_t16_a_waiting_sender_is_woken() {
    loom::model(|| {
        let owner = Bell::detached();
        let mailbox = Mailbox::owned(owner.clone(), bounded(1));
        let sender = {
            let mailbox = mailbox.clone();
            loom::thread::spawn(move || {
                let bell = Bell::detached();
                let ready = ReadyQueue::new(bell.clone());
                for message in [1, 2] {
                    let mut sending = mailbox.send(message, || ready.waker(0));
                    while let Sending::Waiting(pending) = sending {
                        assert!(bell.wait(None));
                        bell.take();
                        ready.take(&mut Vec::new());
                        sending = pending.progress();
                    }
                    assert!(matches!(sending, Sending::Delivered));
                }
            })
        };
        let mut received = VecDeque::new();
        while received.len() < 2 {
            assert!(owner.wait(None));
            owner.take();
            mailbox.receive(&mut received, usize::MAX).unwrap();
        }
        sender.join().unwrap();
        assert_eq!(received, [1, 2]);
    });
}

/// Two receivers wait for one message; the first goes away at any moment. The second gets the message.
#[test]
fn loom_t21_a_cancelled_receiver_loses_no_message() {
    model_bounded(|| {
        let channel = Mailbox::channel(Capacity::Unbounded);
        let (first_bell, second_bell) = (Bell::detached(), Bell::detached());
        let first = channel.wait_to_receive(ReadyQueue::new(first_bell).waker(1)).unwrap();
        let second = channel.wait_to_receive(ReadyQueue::new(second_bell.clone()).waker(2)).unwrap();
        let canceller = loom::thread::spawn(move || drop(first));
        let sender = {
            let channel = channel.clone();
            loom::thread::spawn(move || channel.try_send('m').unwrap())
        };
        assert!(second_bell.wait(None));
        assert_eq!(channel.try_receive(), Ok('m'));
        drop(second);
        canceller.join().unwrap();
        sender.join().unwrap();
    });
}

/// Two receivers look and wait in one step while two messages come, one of them before a receiver waits: each
/// gets one.
#[test]
fn loom_t21_looking_and_waiting_in_one_step_misses_no_message() {
    model_bounded(|| {
        let channel = Mailbox::channel(Capacity::Unbounded);
        let receive = |channel: Arc<Mailbox<char>>| {
            let bell = Bell::detached();
            let ready = ReadyQueue::new(bell.clone());
            let mut place = None;
            loop {
                match channel.receive_or_wait(place.take(), || ready.waker(0)) {
                    Receiving::Message(message) => return message,
                    Receiving::Waiting(registration) => {
                        place = Some(registration);
                        assert!(bell.wait(None));
                        bell.take();
                        ready.take(&mut Vec::new());
                    }
                    Receiving::Closed => panic!("the model does not close it"),
                }
            }
        };
        let other = {
            let channel = channel.clone();
            loom::thread::spawn(move || receive(channel))
        };
        let sender = {
            let channel = channel.clone();
            loom::thread::spawn(move || {
                channel.try_send('a').unwrap();
                channel.try_send('b').unwrap();
            })
        };
        let mut received = [receive(channel.clone()), other.join().unwrap()];
        sender.join().unwrap();
        received.sort_unstable();
        assert_eq!(received, ['a', 'b']);
        assert_eq!(channel.waiting_receivers(), 0);
    });
}

/// The owner abandons its mailbox while one sends and one stands in line: every message is accounted for.
#[test]
fn loom_a_dying_owner_loses_no_account() {
    loom::model(|| {
        let mailbox = Mailbox::owned(Bell::detached(), bounded(1));
        let sender = {
            let mailbox = mailbox.clone();
            loom::thread::spawn(move || {
                let bell = Bell::detached();
                let ready = ReadyQueue::new(bell.clone());
                let mut delivered = 0;
                for message in [1, 2] {
                    let mut sending = mailbox.send(message, || ready.waker(0));
                    while let Sending::Waiting(pending) = sending {
                        assert!(bell.wait(None));
                        bell.take();
                        ready.take(&mut Vec::new());
                        sending = pending.progress();
                    }
                    delivered += u64::from(matches!(sending, Sending::Delivered));
                }
                delivered
            })
        };
        let mut received = VecDeque::new();
        let taken = mailbox.receive(&mut received, usize::MAX).unwrap() as u64;
        let dropped = mailbox.abandon().len() as u64;
        let delivered = sender.join().unwrap();
        let counts = mailbox.counts();
        assert_eq!(counts, Counts { sent: delivered, received: taken, refused: 2 - delivered, dropped });
        assert_eq!(counts.sent, counts.received + counts.dropped);
    });
}
