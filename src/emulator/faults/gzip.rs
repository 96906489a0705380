//! Bodies that are small until they are unpacked.

use std::io::Write;

use axum::body::Bytes;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

use super::payload::Payload;

/// No name, no time, packed as well as can be, by nobody in particular.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 0xff];
/// An empty block that is the last.
const END: [u8; 2] = [3, 0];
/// The blanks in one block.
const BLOCK: u64 = 1 << 20;
/// How many blocks go out together: some 64 KiB.
const TOGETHER: usize = 60;

/// So many blanks as one member of gzip: the same block over and over, then what remains.
pub(super) fn blanks(size: u64) -> Payload {
    let (blocks, rest, together) = (size / BLOCK, size % BLOCK, TOGETHER as u64);
    let mut payload = Payload::default();
    payload.push(Bytes::from_static(&HEADER), 1);
    if blocks > 0 {
        let block = packed(BLOCK);
        payload.push(Bytes::from(block.repeat(TOGETHER)), blocks / together);
        payload.push(Bytes::from(block), blocks % together);
    }
    payload.push(Bytes::from(packed(rest)), 1);
    payload.push(Bytes::from([END.as_slice(), &trailer(size)].concat()), 1);
    payload
}

/// Blocks that end at a byte and refer to nothing before them, so that they can stand anywhere.
fn packed(blanks: u64) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    let blanks = vec![b' '; usize::try_from(blanks).unwrap_or_default()];
    // Into memory: there is nothing to go wrong.
    let _ = encoder.write_all(&blanks).and_then(|()| encoder.flush());
    encoder.get_ref().clone()
}

/// The checksum, and the size as far as it fits.
fn trailer(size: u64) -> [u8; 8] {
    let mut trailer = [0; 8];
    trailer[..4].copy_from_slice(&checksum(size).to_le_bytes());
    trailer[4..].copy_from_slice(&size.to_le_bytes()[..4]);
    trailer
}

/// The CRC of so many blanks, put together from those of 1, 2, 4, 8 and so on.
fn checksum(blanks: u64) -> u32 {
    let (mut all, mut run) = (Crc::new(), Crc::new());
    run.update(b" ");
    let mut left = blanks;
    while left > 0 {
        if left % 2 == 1 {
            all.combine(&run);
        }
        run = twice(&run);
        left /= 2;
    }
    all.sum()
}

fn twice(run: &Crc) -> Crc {
    let mut double = Crc::new();
    double.combine(run);
    double.combine(run);
    double
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn every_size_unpacks_to_so_many_blanks_in_one_member() {
        for size in [0, 1, 1000, BLOCK - 1, BLOCK, BLOCK + 1, BLOCK * (TOGETHER as u64 + 1) + 5] {
            let mut payload = blanks(size);
            let mut packed = Vec::new();
            while let Some(piece) = payload.take(u64::MAX) {
                packed.extend_from_slice(&piece);
            }
            assert_eq!(packed.len() as u64, payload.length());
            let mut decoder = GzDecoder::new(packed.as_slice());
            let mut unpacked = Vec::new();
            decoder.read_to_end(&mut unpacked).unwrap();
            assert_eq!(unpacked.len() as u64, size);
            assert!(unpacked.iter().all(|byte| *byte == b' '), "{size}");
            assert!(decoder.into_inner().is_empty(), "nothing after the member");
        }
    }

    #[test]
    fn a_checksum_put_together_is_that_of_the_whole() {
        let mut whole = Crc::new();
        whole.update(&[b' '; 12_345]);
        assert_eq!(checksum(12_345), whole.sum());
        assert_eq!(checksum(0), 0);
    }

    #[test]
    fn a_tebibyte_is_described_in_no_time_and_memory() {
        let payload = blanks(1 << 40);
        assert!((1 << 29..1 << 31).contains(&payload.length()), "{}", payload.length());
    }
}
