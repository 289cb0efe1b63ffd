//! Ports that are free or in use.

use std::net::{TcpListener, UdpSocket};

use eset_filter_tests::doctor::SetUp;

#[test]
fn a_port_is_in_use_by_another_program() {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let set_up = SetUp::new().set("TCP_PORT", &tcp.local_addr().unwrap().port().to_string());
    set_up.shows(&[("ports", "error", "is in use by ")]);
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let set_up = SetUp::new().set("UDP_PORT", &udp.local_addr().unwrap().port().to_string());
    set_up.shows(&[("ports", "error", "is in use by ")]);
}

#[test]
fn a_port_is_invalid() {
    for port in ["0", "65536", "syslog"] {
        let set_up = SetUp::new().set("TCP_PORT", port);
        set_up.shows(&[("inputs", "error", "tcp has an invalid port")]);
    }
}

#[test]
fn a_port_is_used_twice() {
    let set_up =
        SetUp::new().replace("mode: udp", "mode: tcp\n      format: octet_counting").without("receive_buffer_size");
    set_up.replace("${UDP_PORT}", "${TCP_PORT}").shows(&[("ports", "error", "conflicts with TCP 127.0.0.1:")]);
}

#[test]
fn the_port_of_the_http_server_is_in_use() {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = tcp.local_addr().unwrap().port();
    let service = format!("  flush: 1\n  http_server: on\n  http_listen: 127.0.0.1\n  http_port: {port}");
    SetUp::new().replace("  flush: 1", &service).shows(&[("ports", "error", "is in use by ")]);
}

#[test]
fn the_address_does_not_belong_to_this_machine() {
    let set_up = SetUp::new()
        .replace("listen: 127.0.0.1\n      port: ${TCP_PORT}", "listen: 192.0.2.1\n      port: ${TCP_PORT}");
    set_up.shows(&[("ports", "error", "192.0.2.1 is not an address of this machine")]);
}

#[cfg(target_os = "linux")]
#[test]
fn the_kernel_allows_a_smaller_buffer_than_requested() {
    let set_up = SetUp::new().replace("receive_buffer_size: 100k", "receive_buffer_size: 3G");
    set_up.shows(&[("ports", "warning", "requests a buffer of 3000000000 bytes, but the kernel allows only ")]);
}
