//! Bad input through the sockets. The events that others send at the same time arrive once.

use std::io::{self, Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use eset_filter_azure_loopback::{Journal, Settings};
use eset_filter_generator::{Generator, GeneratorOptions};
use eset_filter_tests::receiver::{Input, Ports};
use fastrand::Rng;
use jiff::Timestamp;
use libtest_mimic::{Failed, Trial};
use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::Linger;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::receipt::{Expected, Times};
use crate::scenario::{Context, Scenario, trial};
use crate::shipper::{Setup, Shipper};
use crate::traffic::Traffic;

/// Sends bad input to the ports of a shipper. Returns an error if it cannot be sent.
type Attack = fn(Ports) -> io::Result<()>;

/// Returns the trials with a shipper.
pub(crate) fn trials(shipper: &Arc<dyn Shipper>) -> Vec<Trial> {
    let attacks: [(&str, Attack); 8] = [
        ("garbage", garbage),
        ("half_frames", half_frames),
        ("endless_line", endless_line),
        ("resets", resets),
        ("silent_connections", silent_connections),
        ("broken_tls", broken_tls),
        ("empty_lines", empty_lines),
        ("huge_datagrams", huge_datagrams),
    ];
    let mut trials: Vec<_> = attacks
        .into_iter()
        .map(|(name, attack)| trial(shipper, name, move |context| among_others(context, attack)))
        .collect();
    trials.push(trial(shipper, "slow_client", slow_client));
    trials.push(trial(shipper, "thousand_connections", thousand_connections));
    trials
}

/// How long an attack may keep the shipper from reading the messages of others.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// Runs an attack while others send over UDP, TCP, TCP with octet counting, and TLS. Their events must arrive once and,
/// except over TLS, without a delay. Azure must be able to store the records from the attack.
fn among_others(context: &Context, attack: Attack) -> Result<(), Failed> {
    let setup = Setup { inputs: &[Input::Tls, Input::Octet], ..Setup::default() };
    let scenario = Scenario::start(context, setup, Settings::default())?;
    let certificate = scenario.host.directory().join("cert.pem");
    let trusting = ["--ca", &certificate.to_string_lossy()];
    let counting = ["--framing", "octet"];
    let (udp, tcp, tls, octet) = (scenario.udp(), scenario.tcp(), scenario.tls(), scenario.octet());
    let traffic = |seed| Traffic::new(seed, 1000).at(200);
    let others: [(Traffic, &str, &[&str]); 4] = [
        (traffic(401), &udp, &[]),
        (traffic(402), &tcp, &[]),
        (traffic(403), &octet, &counting),
        (traffic(404), &tls, &trusting),
    ];
    let ports = scenario.host.ports;
    thread::scope(|scope| {
        let senders = others.map(|(traffic, to, more)| scope.spawn(move || traffic.send(to, more)));
        thread::sleep(Duration::from_millis(500));
        let attacked = attack(ports);
        for sender in senders {
            sender.join().expect("a sender does not panic")?;
        }
        attacked.map_err(Failed::from)
    })?;
    let expected = scenario.expect(&others.map(|(traffic, ..)| traffic));
    expected.wait(&scenario.endpoint)?;
    let pauses = others.map(|(traffic, ..)| longest_pause(scenario.endpoint.journal(), traffic.seed));
    println!("{}: longest delays over UDP, TCP, octet counting, TLS: {pauses:.1?}", context.name);
    if let Some(pause) = pauses[..3].iter().find(|pause| **pause > LONGEST_PAUSE) {
        return Err(format!("the events of others were delayed by {pause:?}").into());
    }
    scenario.finish(&expected, Times::OnceAmongOthers).map(drop)
}

/// Returns the longest time between two events of a seed, according to the times at which the shipper received them.
fn longest_pause(journal: &Journal, seed: u64) -> Duration {
    #[derive(Deserialize)]
    struct Received {
        #[serde(rename = "TimeGenerated")]
        time: Timestamp,
        #[serde(default)]
        group_description: String,
    }
    let mark = format!("id-{seed}-");
    let received = |record: Box<RawValue>| serde_json::from_str::<Received>(record.get()).ok();
    let records = journal.records().into_iter().filter_map(received);
    let mut times: Vec<_> =
        records.filter(|record| record.group_description.starts_with(&mark)).map(|record| record.time).collect();
    times.sort();
    times.windows(2).map(|pair| pair[1].duration_since(pair[0]).unsigned_abs()).max().unwrap_or_default()
}

/// Sends random bytes to every port, and the first bytes of other protocols.
fn garbage(ports: Ports) -> io::Result<()> {
    let mut rng = Rng::with_seed(1);
    let socket = UdpSocket::bind(("127.0.0.1", 0))?;
    let mut bytes = |length: usize| std::iter::repeat_with(|| rng.u8(..)).take(length).collect::<Vec<_>>();
    for n in 0..300 {
        socket.send_to(&bytes(n * 5), ("127.0.0.1", ports.udp))?;
    }
    let openings: [&[u8]; 5] = [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"SSH-2.0-x\r\n",
        b"\0\0\0\0\0\0",
        b"{\"event_type\":\"Threat_Event\",\"a\":1e400}\n[[[[[[\n{{{{{{\n<999>99 \n",
    ];
    for port in [ports.tcp, ports.tls, ports.octet] {
        for opening in openings {
            let mut stream = TcpStream::connect(("127.0.0.1", port))?;
            stream.write_all(opening)?;
        }
        for _ in 0..20 {
            let mut stream = TcpStream::connect(("127.0.0.1", port))?;
            // The shipper may have closed the connection already.
            let _ = stream.write_all(&bytes(20_000));
        }
    }
    Ok(())
}

/// Sends invalid lengths, and truncated frames and lines.
fn half_frames(ports: Ports) -> io::Result<()> {
    let frames: [&[u8]; 10] = [
        b"100 <14>too short",
        b"99999999999999999999999 x",
        b"0 ",
        b"-5 hello",
        b"abc def",
        b"5",
        b"18446744073709551615 x",
        b"2147483648 x",
        b"1 ",
        b" ",
    ];
    for frame in frames {
        for _ in 0..10 {
            TcpStream::connect(("127.0.0.1", ports.octet))?.write_all(frame)?;
            TcpStream::connect(("127.0.0.1", ports.tcp))?.write_all(frame)?;
        }
    }
    Ok(())
}

/// Sends 10 MB without a line ending over TCP, and as one frame with octet counting.
fn endless_line(ports: Ports) -> io::Result<()> {
    let block = vec![b'x'; 100_000];
    for (port, start) in [(ports.tcp, ""), (ports.octet, "10000000 ")] {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.write_all(start.as_bytes())?;
        // The shipper may close the connection at any length.
        (0..100).try_for_each(|_| stream.write_all(&block)).ok();
    }
    Ok(())
}

/// The socket option that makes closing a connection reset it.
const AT_ONCE: nix::libc::linger = nix::libc::linger { l_onoff: 1, l_linger: 0 };

/// Opens connections and resets them in the middle of a message.
fn resets(ports: Ports) -> io::Result<()> {
    let messages = Generator::new(GeneratorOptions { seed: 411, ..GeneratorOptions::default() });
    for message in messages.take(300) {
        for port in [ports.tcp, ports.tls, ports.octet] {
            let mut stream = TcpStream::connect(("127.0.0.1", port))?;
            setsockopt(&stream, Linger, &AT_ONCE)?;
            let _ = stream.write_all(&message[..message.len() / 2]);
        }
    }
    Ok(())
}

/// Opens connections and sends nothing, over TLS not even a handshake. Each silent TLS connection blocks the others on
/// its port.
fn silent_connections(ports: Ports) -> io::Result<()> {
    let connect =
        |port, count| (0..count).map(|_| TcpStream::connect(("127.0.0.1", port))).collect::<io::Result<Vec<_>>>();
    let open = [connect(ports.tcp, 30)?, connect(ports.octet, 30)?, connect(ports.tls, 3)?];
    thread::sleep(Duration::from_secs(10));
    drop(open);
    Ok(())
}

/// Sends incomplete TLS handshakes.
fn broken_tls(ports: Ports) -> io::Result<()> {
    for n in 0..50 {
        let mut stream = TcpStream::connect(("127.0.0.1", ports.tls))?;
        let _ = stream.write_all(&b"\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\x03\x03"[..1 + n % 11]);
        if n % 2 == 0 {
            stream.set_read_timeout(Some(Duration::from_millis(100)))?;
            let _ = stream.read(&mut [0; 100]);
        }
    }
    Ok(())
}

/// Sends lines that are empty or contain only a NUL or a space.
fn empty_lines(ports: Ports) -> io::Result<()> {
    for line_end in [&b"\n"[..], b"\r\n", b"\0\n", b" \n"] {
        let mut stream = TcpStream::connect(("127.0.0.1", ports.tcp))?;
        let _ = stream.write_all(&line_end.repeat(100_000));
    }
    Ok(())
}

/// Sends datagrams of the maximum size, with a single repeated letter and with unclosed JSON.
fn huge_datagrams(ports: Ports) -> io::Result<()> {
    const LARGEST: usize = 65_507;
    let socket = UdpSocket::bind(("127.0.0.1", 0))?;
    let nested =
        br#"{"event_type":"Threat_Event","x":"#.iter().copied().chain(b"{\"a\":[".repeat(20_000)).take(LARGEST);
    let nested: Vec<_> = nested.collect();
    for _ in 0..20 {
        socket.send_to(&nested, ("127.0.0.1", ports.udp))?;
        socket.send_to(&vec![b'x'; LARGEST], ("127.0.0.1", ports.udp))?;
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// The events of a client that sends byte by byte arrive as well.
fn slow_client(context: &Context) -> Result<(), Failed> {
    let setup = Setup { inputs: &[Input::Octet], ..Setup::default() };
    let scenario = Scenario::start(context, setup, Settings::default())?;
    let slow = [Traffic::new(421, 6), Traffic::new(422, 6)];
    let quick = Traffic::new(423, 1500).at(200);
    let (ports, to) = (scenario.host.ports, scenario.tcp());
    thread::scope(|scope| {
        let quick = scope.spawn(|| quick.send(&to, &[]));
        let drips = [(slow[0], ports.tcp), (slow[1], ports.octet)].map(|(traffic, port)| {
            scope.spawn(move || {
                let mut stream = TcpStream::connect(("127.0.0.1", port))?;
                stream.set_nodelay(true)?;
                for message in traffic.messages() {
                    let frame = match port == ports.octet {
                        true => [message.len().to_string().as_bytes(), b" ", &message].concat(),
                        false => [&message[..], b"\n"].concat(),
                    };
                    for byte in frame {
                        stream.write_all(&[byte])?;
                        thread::sleep(Duration::from_micros(500));
                    }
                }
                Ok::<_, Failed>(())
            })
        });
        for drip in drips {
            drip.join().expect("a sender does not panic")?;
        }
        quick.join().expect("a sender does not panic")
    })?;
    let expected = scenario.expect(&[slow[0], slow[1], quick]);
    scenario.finish(&expected, Times::Once).map(drop)
}

/// The events from a thousand simultaneous connections arrive.
fn thousand_connections(context: &Context) -> Result<(), Failed> {
    let scenario = Scenario::start(context, Setup::default(), Settings::default())?;
    let traffic = Traffic::new(431, 3000);
    let port = scenario.host.ports.tcp;
    let connect = |_| TcpStream::connect(("127.0.0.1", port));
    let mut streams = (0..1000).map(connect).collect::<io::Result<Vec<_>>>()?;
    for (n, mut message) in traffic.messages().enumerate() {
        message.push(b'\n');
        streams[n % 1000].write_all(&message)?;
    }
    let expected: Expected = scenario.expect(&[traffic]);
    expected.wait(&scenario.endpoint)?;
    drop(streams);
    scenario.finish(&expected, Times::Once).map(drop)
}
