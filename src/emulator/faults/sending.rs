//! A body on its way: all of it or a beginning, at once or over some time.

use std::io;
use std::time::Duration;

use axum::body::Bytes;
use futures_util::{Stream, stream};
use tokio::time::{Instant, sleep_until};

use super::super::server::Connection;
use super::payload::Payload;

/// How often a piece of a slow body leaves.
const BEAT: Duration = Duration::from_millis(20);

pub(super) struct Sending {
    payload: Payload,
    connection: Connection,
    /// How much is to be sent, and whether the connection breaks after it.
    length: u64,
    cut: bool,
    sent: u64,
    /// The longest piece.
    piece: u64,
    started: Instant,
    over: Duration,
}

impl Sending {
    /// Starts at some moment, and takes some time from then on.
    pub(super) fn new(
        payload: Payload,
        cut: Option<u64>,
        (started, over): (Instant, Duration),
        connection: Connection,
    ) -> Self {
        // What is shorter than that lacks its end all the same: a fault that fires is felt.
        let cut = cut.map(|cut| cut.min(payload.length().saturating_sub(1)));
        let length = cut.unwrap_or(payload.length());
        let beats = u64::try_from(over.as_nanos() / BEAT.as_nanos()).unwrap_or(u64::MAX).max(1);
        Self {
            payload,
            connection,
            length,
            cut: cut.is_some(),
            sent: 0,
            piece: length.div_ceil(beats),
            started,
            over,
        }
    }

    pub(super) fn stream(self) -> impl Stream<Item = io::Result<Bytes>> {
        stream::try_unfold(self, Self::next)
    }

    async fn next(mut self) -> io::Result<Option<(Bytes, Self)>> {
        let left = self.length - self.sent;
        if left > 0
            && let Some(piece) = self.payload.take(left.min(self.piece))
        {
            self.sent += piece.len() as u64;
            self.wait().await?;
            return Ok(Some((piece, self)));
        }
        if self.cut {
            // Only once the beginning has left.
            self.connection.flushed().await;
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(None)
    }

    /// Until it is time for what was taken: the last byte leaves when all the time has passed.
    async fn wait(&self) -> io::Result<()> {
        if self.over.is_zero() {
            return Ok(());
        }
        #[expect(clippy::cast_precision_loss, reason = "a share of the time")]
        let share = self.sent as f64 / self.length as f64;
        let due = self.started + self.over.mul_f64(share);
        let open = self.connection.while_open(sleep_until(due)).await;
        open.ok_or_else(|| io::ErrorKind::ConnectionAborted.into())
    }
}
