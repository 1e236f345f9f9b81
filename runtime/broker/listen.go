package broker

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/topo-lang/topo/runtime/fault"
)

// CheckListen sees that the address of the options is one, and that it may be listened on. Whether it is free only Start finds out.
func CheckListen(o Options) error {
	_, _, err := splitAddress(o)
	return err
}

// address is where to listen; what another program uses is refused.
func address(o Options) (host string, port int, err error) {
	host, port, err = splitAddress(o)
	if err != nil || o.Listen == "" || port == server.RANDOM_PORT {
		return host, port, err
	}
	// The server would say so too, but only in its log, after it has opened its store.
	l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if errors.Is(err, syscall.EADDRINUSE) || err != nil && addressInUse(err.Error()) {
		return "", 0, inUse(o.Listen)
	}
	if err != nil {
		return "", 0, &fault.Error{What: fmt.Sprintf("cannot listen on %q", o.Listen), Err: cause(err), Way: listenHelp}
	}
	return host, port, l.Close()
}

const listenHelp = "write it as 127.0.0.1:4222, or 127.0.0.1:0 for any free port"

// splitAddress splits the address to listen on, and refuses what other machines could reach unless there is TLS and a password. A name other than
// localhost is refused too: what it means is not decided here.
func splitAddress(o Options) (host string, port int, err error) {
	listen := o.Listen
	if listen == "" {
		return "127.0.0.1", server.RANDOM_PORT, nil
	}
	host, text, err := net.SplitHostPort(listen)
	if err != nil {
		return "", 0, &fault.Error{What: fmt.Sprintf("cannot listen on %q: it is not host:port", listen), Way: listenHelp}
	}
	port, err = strconv.Atoi(text)
	if err != nil || port < 0 || port > 65535 {
		return "", 0, &fault.Error{What: fmt.Sprintf("cannot listen on %q: the port is not a number from 0 to 65535", listen), Way: listenHelp}
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	guarded := o.TLS != nil && o.User != ""
	if host == "" && guarded {
		host = "0.0.0.0"
	}
	ip, err := netip.ParseAddr(host)
	if err != nil && guarded {
		return "", 0, &fault.Error{What: fmt.Sprintf("cannot listen on %q: the host is not an address", listen), Way: listenHelp}
	}
	if !guarded && (err != nil || !ip.IsLoopback()) {
		return "", 0, &fault.Error{
			What: fmt.Sprintf("cannot listen on %q: other machines could reach it, and that needs TLS and a password", listen),
			Way:  "give --tls-cert, --tls-key and --user-file, or listen on this machine only: " + listenHelp}
	}
	if port == 0 {
		return host, server.RANDOM_PORT, nil
	}
	return host, port, nil
}

func inUse(listen string) error {
	host, _, _ := net.SplitHostPort(listen)
	return &fault.Error{
		What: fmt.Sprintf("cannot listen on %s: another program uses this port", listen),
		Way:  fmt.Sprintf("choose another port, or %s for any free one", net.JoinHostPort(host, "0"))}
}

// addressInUse knows the message of each system, since the server passes on only that.
func addressInUse(message string) bool {
	return strings.Contains(message, "address already in use") ||
		strings.Contains(message, "Only one usage of each socket address")
}

// cause leaves out what a message about an address or a path says already.
func cause(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
