//! What is sent as the body of a request or an answer: bytes that are there, a file that is read as the other side takes it,
//! or pieces that a program writes.

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::fs::File;
use std::future::Future;
use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinHandle;

/// Bytes of a file that are read at once.
const PIECE: usize = 1 << 16;

type Piece = io::Result<(File, Vec<u8>)>;

pub enum Sent {
    /// All of it; none once it is on its way.
    Whole(Option<Bytes>),
    /// So many bytes are left of a file, which is read by a thread that may block.
    File { left: u64, reading: JoinHandle<Piece> },
    /// The program writes it, and says the end by none. Without that, it breaks off.
    Pieces(Receiver<Option<Bytes>>),
}

impl Sent {
    pub fn whole(bytes: impl Into<Bytes>) -> Sent {
        Sent::Whole(Some(bytes.into()))
    }

    /// So many bytes of a file, from where it is now.
    pub fn file(file: File, length: u64) -> Sent {
        Sent::File { left: length, reading: read(file, length) }
    }
}

fn read(mut file: File, left: u64) -> JoinHandle<Piece> {
    tokio::task::spawn_blocking(move || {
        let mut piece = vec![0; PIECE.min(usize::try_from(left).unwrap_or(PIECE))];
        let length = file.read(&mut piece)?;
        piece.truncate(length);
        Ok((file, piece))
    })
}

impl Body for Sent {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.get_mut() {
            Sent::Whole(bytes) => {
                Poll::Ready(bytes.take().filter(|bytes| !bytes.is_empty()).map(|bytes| Ok(Frame::data(bytes))))
            }
            Sent::File { left: 0, .. } => Poll::Ready(None),
            Sent::File { left, reading } => {
                let piece = match ready!(Pin::new(&mut *reading).poll(context)) {
                    Ok(piece) => piece,
                    Err(error) => Err(io::Error::other(error)),
                };
                Poll::Ready(Some(piece.and_then(|(file, piece)| {
                    if piece.is_empty() {
                        // What was said to come does not: the other side hears that the answer broke off.
                        return Err(io::Error::other("the file has become shorter while it was sent"));
                    }
                    *left -= piece.len() as u64;
                    if *left > 0 {
                        *reading = read(file, *left);
                    }
                    Ok(Frame::data(Bytes::from(piece)))
                })))
            }
            Sent::Pieces(pieces) => Poll::Ready(match ready!(pieces.poll_recv(context)) {
                Some(piece) => piece.map(|piece| Ok(Frame::data(piece))),
                None => Some(Err(io::Error::other("the answer broke off"))),
            }),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Sent::Whole(bytes) => bytes.as_ref().is_none_or(Bytes::is_empty),
            Sent::File { left, .. } => *left == 0,
            Sent::Pieces(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Sent::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Sent::File { left, .. } => SizeHint::with_exact(*left),
            Sent::Pieces(_) => SizeHint::default(),
        }
    }
}
