// Package listen opens the addresses that sources listen on, and only such as are safe to listen on.
package listen

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"

	"github.com/topo-lang/topo/runtime/fault"
)

// Guard is what keeps strangers out of an address: TLS, and what clients have to show.
type Guard struct {
	Cert, Key string // PEM files; "" for none
	Shown     string // what clients show, "" where they need show nothing
	Way       string // the arguments that an address needs which other machines can reach, for messages
}

// On listens on an address as 127.0.0.1:8080, in plain TCP. It refuses one that other machines can reach without both parts of its guard.
func On(addr string, g Guard) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) {
			err = op.Err // without the address, which is said
		}
		return nil, fault.New("write it as 127.0.0.1:8080; port 0 takes any free one", "addr: %q is no address to listen on: %w", addr, err)
	}
	if !local(host) && (g.Cert == "" || g.Shown == "") {
		return nil, fault.New("give "+g.Way+"; or listen on 127.0.0.1", "addr: other machines can reach %s, and without TLS and proof of who they are anybody could write to this topology", addr)
	}
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fault.New("choose another port, or end the program that has it", "addr: cannot listen on %s: another program uses this port", addr)
	}
	if err != nil {
		return nil, fault.New("write it as 127.0.0.1:8080, with an address of this machine and a port from 0 to 65535", "addr: cannot listen on %s: %w", addr, err)
	}
	return l, nil
}

// local reports whether only this machine reaches a host.
func local(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback() || host == "localhost"
}

// TLS is how a server with this certificate speaks; nil where there is none.
func (g Guard) TLS() (*tls.Config, error) {
	if (g.Cert == "") != (g.Key == "") {
		return nil, fault.New("give both", "cert and key belong together")
	}
	if g.Cert == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(g.Cert, g.Key)
	if err != nil {
		return nil, fault.New("give PEM files of a certificate and of its key", "cert %s with key %s cannot be used: %w", g.Cert, g.Key, err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}, nil
}

// Authorities reads the PEM file of those whose certificates clients show.
func Authorities(file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fault.New("give the PEM file of those who sign the clients' certificates", "clients: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fault.New("give the PEM file of those who sign the clients' certificates", "clients: %s has no certificate in it", file)
	}
	return pool, nil
}
