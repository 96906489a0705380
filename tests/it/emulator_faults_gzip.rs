//! Bodies that are small until they are unpacked.

use std::io::Read;

use flate2::read::GzDecoder;
use partnercenter_qual::emulator::Fault;
use reqwest::Method;
use tokio::io::AsyncReadExt;

use crate::emulator_faults_support::{asked, faulty};
use crate::emulator_support::Service;

fn bomb(size: u64) -> Fault {
    Fault { gzip_size: Some(size), ..Fault::default() }
}

/// How much this is when unpacked: only blanks, in one member, under its checksum.
fn unpacked(packed: &[u8]) -> u64 {
    let mut decoder = GzDecoder::new(packed);
    let (blanks, mut buffer, mut size) = (vec![b' '; 1 << 16], vec![0; 1 << 16], 0);
    loop {
        let read = decoder.read(&mut buffer).unwrap();
        if read == 0 {
            assert!(decoder.into_inner().is_empty());
            return size;
        }
        assert!(buffer[..read] == blanks[..read]);
        size += read as u64;
    }
}

#[tokio::test]
async fn a_bomb_unpacks_to_its_size_and_checksum() {
    let service = Service::manual().await;
    for size in [0, 1, 1_000_000, 100_000_000] {
        let raw = faulty(&service, bomb(size)).await;
        assert!(raw.head.starts_with("http/1.1 200 ") && raw.head.contains("content-encoding: gzip\r\n"));
        assert_eq!((raw.content_length(), unpacked(&raw.body)), (raw.body.len(), size));
        assert!(raw.body.len() as u64 <= size / 900 + 100, "{}", raw.body.len());
    }
}

#[tokio::test]
async fn a_client_that_asks_for_gzip_gets_blanks() {
    let service = Service::manual().await;
    service.inject(Fault { status: Some(503), ..bomb(3_000_000) });
    let response = service.request(Method::GET, "/v1/customers").send().await.unwrap();
    assert_eq!(response.status(), 503);
    assert_eq!(response.bytes().await.unwrap().len(), 3_000_000);
}

/// What the process has in memory, in bytes; nothing where no `/proc` says so.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.map_or(0, |line| line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024)
}

#[tokio::test]
async fn a_tebibyte_takes_no_memory_and_can_be_left() {
    let service = Service::manual().await;
    service.inject(bomb(1 << 40));
    let (mut socket, before) = (asked(&service).await, resident());
    let (mut buffer, mut read) = (vec![0; 1 << 16], 0);
    while read < 128 << 20 {
        read += socket.read(&mut buffer).await.unwrap();
    }
    // Other tests go on at the same time.
    let grown = resident().saturating_sub(before);
    assert!(grown < 100 << 20, "{grown} bytes more");
    drop(socket);
    assert_eq!(service.statuses(1).await, [200]);
    service.stop().await;
}
