//! A body that is sent in pieces, as a thread that may block makes them.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;

/// Where the pieces come from. The body ends when it is dropped.
pub struct Pieces(Arc<Mutex<Waiting>>);

pub struct BodyOfPieces(Arc<Mutex<Waiting>>);

#[derive(Default)]
struct Waiting {
    pieces: VecDeque<Bytes>,
    ended: bool,
    reader: Option<Waker>,
}

/// Pieces are kept until the client reads them: there must be few.
pub fn pieces() -> (Pieces, BodyOfPieces) {
    let waiting = Arc::new(Mutex::new(Waiting::default()));
    (Pieces(waiting.clone()), BodyOfPieces(waiting))
}

impl Pieces {
    pub fn send(&self, piece: String) {
        // An empty chunk would end the body.
        if !piece.is_empty() {
            change(&self.0, |waiting| waiting.pieces.push_back(piece.into()));
        }
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        change(&self.0, |waiting| waiting.ended = true);
    }
}

impl MessageBody for BodyOfPieces {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let mut waiting = lock(&self.0);
        match waiting.pieces.pop_front() {
            Some(piece) => Poll::Ready(Some(Ok(piece))),
            None if waiting.ended => Poll::Ready(None),
            None => {
                waiting.reader = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

fn change(waiting: &Mutex<Waiting>, change: impl FnOnce(&mut Waiting)) {
    let mut waiting = lock(waiting);
    change(&mut waiting);
    let reader = waiting.reader.take();
    drop(waiting);
    if let Some(reader) = reader {
        reader.wake();
    }
}

/// Always consistent: each change is one assignment.
fn lock(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}
