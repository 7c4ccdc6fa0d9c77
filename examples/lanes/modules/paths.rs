//! Shortest ways over a landscape, by Dijkstra's algorithm with a heap that this program brings itself: Rust without a library.
#![no_std]
#![no_main]

const SIDE: usize = 24;
const PLACES: usize = SIDE * SIDE;

/// Places by their distance, the nearest first.
struct Heap {
    items: [(u32, u16); PLACES * 4],
    length: usize,
}

impl Heap {
    fn push(&mut self, item: (u32, u16)) {
        let mut at = self.length;
        self.length += 1;
        while at > 0 {
            let above = (at - 1) / 2;
            if self.items[above] <= item {
                break;
            }
            self.items[at] = self.items[above];
            at = above;
        }
        self.items[at] = item;
    }

    fn pop(&mut self) -> Option<(u32, u16)> {
        if self.length == 0 {
            return None;
        }
        let first = self.items[0];
        self.length -= 1;
        let item = self.items[self.length];
        let mut at = 0;
        loop {
            let mut below = at * 2 + 1;
            if below >= self.length {
                break;
            }
            if below + 1 < self.length && self.items[below + 1] < self.items[below] {
                below += 1;
            }
            if item <= self.items[below] {
                break;
            }
            self.items[at] = self.items[below];
            at = below;
        }
        self.items[at] = item;
        Some(first)
    }
}

/// How dear it is to enter a place.
fn cost(place: usize, number: u32) -> u32 {
    let mixed = (place as u32).wrapping_mul(0x9E37_79B9) ^ number.wrapping_mul(0x85EB_CA6B);
    (mixed ^ mixed >> 15) % 97 + 1
}

#[unsafe(no_mangle)]
pub extern "C" fn run(number: u32) -> u64 {
    let mut distance = [u32::MAX; PLACES];
    let mut heap = Heap { items: [(0, 0); PLACES * 4], length: 0 };
    distance[0] = 0;
    heap.push((0, 0));
    while let Some((far, place)) = heap.pop() {
        let place = usize::from(place);
        if far > distance[place] {
            continue;
        }
        let (row, column) = (place / SIDE, place % SIDE);
        let neighbours = [
            (row > 0).then(|| place.wrapping_sub(SIDE)),
            (row + 1 < SIDE).then_some(place + SIDE),
            (column > 0).then(|| place.wrapping_sub(1)),
            (column + 1 < SIDE).then_some(place + 1),
        ];
        for next in neighbours.into_iter().flatten() {
            let far = far + cost(next, number);
            if far < distance[next] {
                distance[next] = far;
                heap.push((far, next as u16));
            }
        }
    }
    distance.iter().fold(0xCBF2_9CE4_8422_2325, |sum, &far| (sum ^ u64::from(far)).wrapping_mul(0x100_0000_01B3))
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
