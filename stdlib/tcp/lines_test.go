package tcp

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/tree"
)

// open opens a spout that is told what is settled, if asked.
func open(t *testing.T, l *Lines, settled bool, refused func(component.Failed)) *Lines {
	t.Helper()
	if l.Addr == "" {
		l.Addr = "127.0.0.1:0"
	}
	if l.MaxLine == 0 {
		l.MaxLine = 100
	}
	if l.Invalid == "" {
		l.Invalid = "report"
	}
	ctx := &component.Context{Component: "in", Stderr: io.Discard, Fail: refused}
	if settled {
		ctx.Trees = tree.NewTracker(nil, nil)
	}
	if err := l.Open(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func dial(t *testing.T, l *Lines) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", l.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func send(t *testing.T, c io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

// take reads until there are n lines.
func take(t *testing.T, l *Lines, n int) (rows []LinesRow, ids []uint64) {
	t.Helper()
	for len(rows) < n {
		var out component.Emitter[LinesRow]
		if err := l.Next(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		rows, ids = append(rows, out.Rows...), append(ids, out.IDs...)
	}
	return rows, ids
}

// texts are the lines of rows.
func texts(rows []LinesRow) string {
	var all []string
	for _, r := range rows {
		all = append(all, r.Line)
	}
	return strings.Join(all, "|")
}

func TestLinesOfTwoClients(t *testing.T) {
	l := open(t, &Lines{}, false, nil)
	a, b := dial(t, l), dial(t, l)
	send(t, a, "one\r\ntwo\npar")
	rows, _ := take(t, l, 2)
	if texts(rows) != "one|two" || rows[0].Peer != a.LocalAddr().String() {
		t.Error(rows)
	}
	send(t, b, "three\n")
	if rows, _ = take(t, l, 1); rows[0] != (LinesRow{"three", b.LocalAddr().String()}) {
		t.Error(rows)
	}
	send(t, a, "tial")
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if rows, _ = take(t, l, 1); texts(rows) != "partial" {
		t.Error(rows)
	}
}

// A client is told how far its lines are accepted: all up to a line, whatever came out of order or was given again.
func TestAnswers(t *testing.T) {
	var bad []component.Failed
	l := open(t, &Lines{Answers: true}, true, func(f component.Failed) { bad = append(bad, f) })
	c := dial(t, l)
	send(t, c, "1\n2\nbad\xff\n4\n5\n")
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	rows, ids := take(t, l, 4)
	if texts(rows) != "1|2|4|5" || len(bad) != 1 || bad[0].Place != c.LocalAddr().String()+":3" || bad[0].Tuple != "bad\ufffd" {
		t.Fatal(rows, bad)
	}
	answers := bufio.NewReader(c)
	settle := func(want string, f func([]uint64) error, ids ...uint64) {
		t.Helper()
		if err := f(ids); err != nil {
			t.Fatal(err)
		}
		if want == "" {
			return
		}
		if got, err := answers.ReadString('\n'); err != nil || got != want+"\n" {
			t.Errorf("%q, %v; want %s", got, err, want)
		}
	}
	settle("", l.Ack, ids[1])
	settle("3", l.Ack, ids[0]) // the third is a failed tuple, and done with
	settle("", l.Fail, ids[2])
	settle("", l.Ack, ids[3])
	again, same := take(t, l, 1)
	if texts(again) != "4" || same[0] != ids[2] {
		t.Error(again, same)
	}
	settle("5", l.Ack, ids[2])
	if rest, err := io.ReadAll(answers); err != nil || len(rest) > 0 {
		t.Errorf("after the last line: %q, %v", rest, err)
	}
	if len(l.out) > 0 {
		t.Error("lines are kept that were accepted")
	}
}

func TestBadLines(t *testing.T) {
	var bad []component.Failed
	l := open(t, &Lines{MaxLine: 10, Invalid: "skip", Answers: true}, false, func(f component.Failed) { bad = append(bad, f) })
	c := dial(t, l)
	send(t, c, "good\n\xff\nfine\n"+strings.Repeat("x", 11)+"\nnever\n")
	rows, _ := take(t, l, 2)
	for len(bad) == 0 { // the long one comes by itself
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Millisecond)
		var out component.Emitter[LinesRow]
		if err := l.Next(ctx, &out); err != nil || len(out.Rows) > 0 {
			t.Fatal(out.Rows, err)
		}
		stop()
	}
	if texts(rows) != "good|fine" || len(bad) != 1 || !strings.Contains(bad[0].Reason, "max_line is 10") {
		t.Error(rows, bad)
	}
	_, _ = io.ReadAll(c) // it was closed
}

func TestRefuses(t *testing.T) {
	for want, l := range map[string]*Lines{
		"no address to listen on": {Addr: "here"},
		"other machines can":      {Addr: "0.0.0.0:0"},
		"other machines":          {Addr: ":0", Cert: cert(t, nil, "s").cert, Key: cert(t, nil, "s2").key},
		"belong together":         {Addr: "127.0.0.1:0", Cert: "c"},
		"shown in TLS only":       {Addr: "127.0.0.1:0", Clients: "c"},
		"out of range":            {Addr: "127.0.0.1:0", MaxLine: -1},
		"not what to do":          {Addr: "127.0.0.1:0", Invalid: "fail"},
	} {
		if l.MaxLine == 0 {
			l.MaxLine = 1
		}
		if l.Invalid == "" {
			l.Invalid = "report"
		}
		if want == "other machines" {
			l.Key = strings.TrimSuffix(l.Cert, ".cert") + ".key"
		}
		err := l.Open(&component.Context{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, not %q", err, want)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Who has no certificate of the right signer says nothing to the topology.
func TestClientsShowCertificates(t *testing.T) {
	ours, other := cert(t, nil, "ours"), cert(t, nil, "other")
	server := cert(t, ours, "server")
	l := open(t, &Lines{Cert: server.cert, Key: server.key, Clients: ours.cert}, false, nil)
	roots := x509.NewCertPool()
	roots.AddCert(ours.x509)
	speak := func(as *identity) {
		c, err := tls.Dial("tcp", l.listener.Addr().String(), &tls.Config{RootCAs: roots, Certificates: as.pair(t)})
		if err != nil {
			return
		}
		defer func() { _ = c.Close() }()
		_, _ = io.WriteString(c, "hello from "+as.x509.Subject.CommonName+"\n")
		if as.x509.Subject.CommonName != "friend" {
			_, _ = io.ReadAll(c) // until it is closed
		}
	}
	speak(cert(t, other, "stranger"))
	speak(cert(t, ours, "friend"))
	if rows, _ := take(t, l, 1); texts(rows) != "hello from friend" {
		t.Error(rows)
	}
}

// identity is a certificate with its key.
type identity struct {
	x509      *x509.Certificate
	private   *ecdsa.PrivateKey
	cert, key string // files
}

func (i *identity) pair(t *testing.T) []tls.Certificate {
	p, err := tls.LoadX509KeyPair(i.cert, i.key)
	if err != nil {
		t.Fatal(err)
	}
	return []tls.Certificate{p}
}

// cert makes one, signed by another or by itself.
func cert(t *testing.T, by *identity, name string) *identity {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: by == nil, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	parent, signer := template, private
	if by != nil {
		parent, signer = by.x509, by.private
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &private.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	i := &identity{x509: made, private: private}
	dir := t.TempDir()
	for kind, part := range map[string][]byte{"CERTIFICATE": der, "PRIVATE KEY": secret} {
		file := filepath.Join(dir, fmt.Sprintf("%s.%s", name, map[string]string{"CERTIFICATE": "cert", "PRIVATE KEY": "key"}[kind]))
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: part}), 0o600); err != nil {
			t.Fatal(err)
		}
		if kind == "CERTIFICATE" {
			i.cert = file
		} else {
			i.key = file
		}
	}
	return i
}
