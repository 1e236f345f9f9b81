package broker

import (
	"bufio"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"runtime"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/fault"
)

// Login is what a connection to a server of another process needs.
type Login struct {
	URL            string
	User, Password string // as a UserFile has them, of who joins; "" where Secret is given
	Secret         string // of the process that the server runs in, handed to those that it has started
	Pin            string // the server's certificate, as Server.Pin says; "": without TLS, or by TLS
	TLS            *tls.Config
	// Plain lets a server of this machine go without TLS: what it is told does not leave the machine.
	Plain bool
}

// Remote connects to the server of another process.
type Remote struct{ login Login }

// NewRemote returns a Remote; it connects when it is asked to.
func NewRemote(l Login) *Remote { return &Remote{l} }

// Connect connects to the room that components and outside clients share.
func (r *Remote) Connect(opts ...nats.Option) (*nats.Conn, error) {
	user, password := componentUser, r.login.Secret
	if r.login.Secret == "" {
		user, password = r.login.User, r.login.Password
	}
	return r.connect(user, password, opts)
}

// ConnectFrames connects to the room of the frames between tasks. Such a connection does not come back once it is lost.
func (r *Remote) ConnectFrames(opts ...nats.Option) (*nats.Conn, error) {
	user, password := framesUser, r.login.Secret
	if r.login.Secret == "" {
		user, password = workerUser+r.login.User, r.login.Password
	}
	return r.connect(user, password, append([]nats.Option{nats.NoReconnect(), nats.FlusherTimeout(0)}, opts...))
}

// ConnectLogs connects to the room of the logs that stand in front of durable spouts.
func (r *Remote) ConnectLogs(opts ...nats.Option) (*nats.Conn, error) {
	user, password := logsUser, r.login.Secret
	if r.login.Secret == "" {
		user, password = workerLogs+r.login.User, r.login.Password
	}
	return r.connect(user, password, opts)
}

func (r *Remote) connect(user, password string, opts []nats.Option) (*nats.Conn, error) {
	all := []nats.Option{nats.UserInfo(user, password), nats.Timeout(patience), nats.ReconnectBufSize(-1)}
	switch {
	case r.login.Pin != "":
		all = append(all, nats.Secure(pinned(r.login.Pin)))
	case r.login.TLS != nil:
		all = append(all, nats.Secure(r.login.TLS))
	}
	c, err := nats.Connect(r.login.URL, append(all, opts...)...)
	if errors.Is(err, nats.ErrSecureConnWanted) && r.login.Plain && onThisMachine(r.login.URL) {
		plain := []nats.Option{nats.UserInfo(user, password), nats.Timeout(patience), nats.ReconnectBufSize(-1)}
		c, err = nats.Connect(r.login.URL, append(plain, opts...)...)
	}
	if errors.Is(err, nats.ErrSecureConnWanted) {
		return nil, &fault.Error{What: "the server at " + r.login.URL + " listens without TLS",
			Way: "start it with --tls-cert and --tls-key; without them and --tls-ca only workers on its own machine may join, at 127.0.0.1"}
	}
	if err != nil {
		e := &fault.Error{What: "the server at " + r.login.URL + " cannot be reached", Err: err}
		var unknown x509.UnknownAuthorityError
		switch {
		case errors.As(err, &unknown):
			e.Way = "name the authority that signed its certificate with --tls-ca"
		case errors.Is(err, nats.ErrAuthorization):
			e.What = "the server at " + r.login.URL + " does not let this worker in"
			e.Way = "see that --user-file holds the same on both machines"
		case errors.Is(err, nats.ErrNoServers):
			e.What, e.Err = "nobody listens at "+r.login.URL, nil
			e.Way = "start the run first, with --accept and --listen, and give the address that it says it listens on"
		}
		return nil, e
	}
	return c, nil
}

// onThisMachine reports whether a URL's host is a loopback address.
func onThisMachine(text string) bool {
	at, err := url.Parse(text)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(at.Hostname())
	return at.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}

// pinned accepts one certificate only.
func pinned(pin string) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		// Who signed it does not matter: it is that of the process which started this one, byte by byte.
		InsecureSkipVerify: true,
		VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
			if len(raw) == 0 || fingerprint(raw[0]) != pin {
				return errors.New("this is not the certificate of the supervisor")
			}
			return nil
		},
	}
}

func fingerprint(cert []byte) string {
	sum := sha256.Sum256(cert)
	return hex.EncodeToString(sum[:])
}

// ServerTLS reads the certificate of a server.
func ServerTLS(cert, key string) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, &fault.Error{What: fmt.Sprintf("the certificate %s with the key %s cannot be used", cert, key), Err: err,
			Way: "give PEM files of a certificate and of its key with --tls-cert and --tls-key"}
	}
	return &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair}}, nil
}

// ClientTLS is how a server's certificate is checked: by the authorities of a PEM file, or where ca is "" by those of the system.
func ClientTLS(ca string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS13}
	if ca == "" {
		return c, nil
	}
	text, err := os.ReadFile(ca)
	if err != nil {
		return nil, &fault.Error{What: "the certificates of " + ca + " cannot be read", Err: cause(err), Way: "give a PEM file with --tls-ca"}
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(text) {
		return nil, &fault.Error{What: ca + " holds no certificate", Way: "give a PEM file with --tls-ca"}
	}
	return c, nil
}

// leastPassword is how long a password must be at the least that guards a server on a network.
const leastPassword = 12

// UserFile reads a name and a password from a file with one line: NAME:PASSWORD.
func UserFile(path string) (user, password string, err error) {
	const help = "write one line NAME:PASSWORD to the file, with a password of 12 characters or more, and let nobody else read it"
	f, err := os.Open(path)
	if err != nil {
		return "", "", &fault.Error{What: "the user file " + path + " cannot be read", Err: cause(err), Way: help}
	}
	defer f.Close()
	// Windows has no such modes.
	if info, err := f.Stat(); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return "", "", &fault.Error{What: fmt.Sprintf("others can read the user file %s: its mode is %04o", path, info.Mode().Perm()), Way: "chmod 600 " + path}
	}
	in := bufio.NewScanner(f)
	in.Scan()
	user, password, ok := strings.Cut(strings.TrimSpace(in.Text()), ":")
	if !ok || user == "" || strings.ContainsAny(user, " /") || user == framesUser || user == componentUser || user == logsUser {
		return "", "", &fault.Error{What: "the first line of the user file " + path + " is not NAME:PASSWORD", Way: help}
	}
	if len(password) < leastPassword {
		return "", "", &fault.Error{What: fmt.Sprintf("the password in the user file %s is too short", path), Way: help}
	}
	return user, password, nil
}
