// Package server is what libraries share that speak with NATS servers: the one in the binary, or any other.
package server

import (
	"errors"
	"net/url"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/stdlib/kit/note"
)

// Link is a connection, with how to speak of it: its password stays out of every message.
type Link struct {
	Conn *nats.Conn
	Name string
	own  bool // made here, and to be closed here
}

// Connect connects to the server of a url, or to the one in the binary where url is empty.
func Connect(ctx *component.Context, raw string) (*Link, error) {
	if raw == "" {
		conn, err := ctx.Broker()
		if err != nil {
			return nil, fault.New("give a `url` to use another server", "the NATS server in this binary: cannot connect: %w", err)
		}
		return &Link{Conn: conn, Name: "the NATS server in this binary"}, nil
	}
	name, err := Redact(raw)
	if err != nil {
		return nil, err
	}
	warn := note.Warner(ctx)
	conn, err := nats.Connect(raw,
		nats.Name("topo "+ctx.Topology+"."+ctx.Component),
		nats.MaxReconnects(-1),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				warn("%s: connection lost: %v; what is published until it is back does not arrive", name, err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { warn("%s: connected again", name) }),
		// What goes wrong is returned where it matters: by Next and Flush.
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
	)
	if err != nil {
		help := "check that the server runs and can be reached from here"
		if errors.Is(err, nats.ErrAuthorization) || errors.Is(err, nats.ErrAuthExpired) {
			help = "check user and password, or the token, in the url"
		}
		return nil, fault.New(help, "%s: cannot connect: %w", name, err)
	}
	return &Link{Conn: conn, Name: name, own: true}, nil
}

// Redact returns a url, or a list of them, without passwords and tokens.
func Redact(raw string) (string, error) {
	var names []string
	for part := range strings.SplitSeq(raw, ",") {
		part = strings.TrimSpace(part)
		if !strings.Contains(part, "://") {
			part = "nats://" + part
		}
		u, err := url.Parse(part)
		// The parser's error would show the whole url.
		if err != nil || u.Host == "" {
			return "", fault.New(`write it like "nats://user:password@host:4222"; special characters in a password are percent-encoded`, "url: is not the url of a NATS server")
		}
		u.User = nil
		names = append(names, u.String())
	}
	return strings.Join(names, ","), nil
}

// Close lets go of the connection. The one to the server in the binary belongs to the run.
func (l *Link) Close() {
	if l != nil && l.own {
		l.Conn.Close()
	}
}

// CheckSubject checks a subject; wildcards are for those who subscribe.
func CheckSubject(s string, wildcards bool) error {
	tokens := strings.Split(s, ".")
	for i, token := range tokens {
		switch {
		case token == "":
			return fault.New(`write words between dots, such as "orders.new"`, "subject: %q has an empty part", s)
		case strings.ContainsAny(token, " \t\r\n"):
			return fault.New(`write words between dots, such as "orders.new"`, "subject: %q has white space in it", s)
		case !wildcards && (token == "*" || token == ">"):
			return fault.New("name the one subject to publish to", "subject: %q has a wildcard", s)
		case token == ">" && i < len(tokens)-1:
			return fault.New("a `>` stands for all that follows, and ends the subject", "subject: %q goes on after >", s)
		}
	}
	return nil
}
