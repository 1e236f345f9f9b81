package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/runtime/query"
)

// Calls are questions whose answer takes a computation across tasks: a spout of library drpc takes each, and whoever has the answer gives it. Here they come in by HTTP,
// and go to the spout as requests of the server in the binary.

const (
	// callPatience is how long an answer may take where nothing else is said, longestCall how long it may be told to take.
	callPatience = 10 * time.Second
	longestCall  = 5 * time.Minute
	// callsAtOnce is how many calls are under way at once over HTTP; more are told to come again.
	callsAtOnce = 1024
)

// callName reports whether a text can name a call.
func callName(name string) bool { return name != "" && !strings.ContainsAny(name, ".*> \t\r\n/") }

// call answers a call over HTTP.
func (s *queryServer) call(out http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	patience := callPatience
	if text := r.URL.Query().Get("timeout"); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 || d > longestCall {
			reply(out, http.StatusBadRequest, problemJSON(fmt.Sprintf("timeout %s is no duration of up to %s", quote(text), longestCall)))
			return
		}
		patience = d
	}
	if !callName(name) {
		reply(out, http.StatusNotFound, problemJSON("no call has such a name"))
		return
	}
	params, err := io.ReadAll(io.LimitReader(r.Body, queryLimit+1))
	switch {
	case err != nil:
		reply(out, http.StatusBadRequest, problemJSON(err.Error()))
		return
	case len(params) > queryLimit || int64(len(params)) > s.calls.MaxPayload():
		reply(out, http.StatusRequestEntityTooLarge, problemJSON("the call is too long"))
		return
	}
	select {
	case s.now <- struct{}{}:
		defer func() { <-s.now }()
	default:
		reply(out, http.StatusServiceUnavailable, problemJSON("too many calls are under way: call again"))
		return
	}
	// The answer may be longer in coming than others have.
	_ = http.NewResponseController(out).SetWriteDeadline(time.Now().Add(patience + metricsPatience))
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	m, err := s.calls.RequestWithContext(ctx, query.CallSubject(s.app.Name, name), params)
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		reply(out, http.StatusNotFound, problemJSON(fmt.Sprintf("no spout takes calls of %s now", quote(name))))
	case errors.Is(err, context.DeadlineExceeded):
		reply(out, http.StatusGatewayTimeout, problemJSON("there was no answer within "+patience.String()))
	case err != nil:
		reply(out, http.StatusInternalServerError, problemJSON(err.Error()))
	case m.Header.Get(query.ErrorHeader) != "":
		reply(out, http.StatusUnprocessableEntity, problemJSON(m.Header.Get(query.ErrorHeader)))
	default:
		reply(out, http.StatusOK, m.Data)
	}
}

// callCommands is the verb that calls a run, where one takes calls.
func (a *app) callCommands() []command {
	if !a.Calls {
		return nil
	}
	return []command{{"call", "call the running topology: " + a.Name + ` call NAME --json '{"field": "value"}'`, []flag{
		{name: "name", arg: "NAME", doc: "the call; it may stand behind the command without its flag"},
		{name: "json", arg: "TEXT", doc: "what is asked, a JSON object"},
		{name: "store", arg: "DIR", doc: "call the run of this machine that uses this store"},
		{name: "server", arg: "URL", doc: "call the run at this address: http://HOST:PORT of its --http, or nats://HOST:PORT of its --listen"},
		{name: "user-file", arg: "FILE", doc: "the name and password of --server, as a line NAME:PASSWORD"},
		{name: "tls-ca", arg: "FILE", doc: "the authorities that --server trusts, PEM; otherwise the system's"},
		{name: "timeout", arg: "DURATION", doc: "how long to wait (default 10s)"},
	}, (*app).callOut}}
}

// callOut is the command call.
func (a *app) callOut(ctx context.Context, given map[string]string) int {
	var problems []problem
	if !callName(given["name"]) {
		problems = append(problems, problem{what: "which call?", help: "write its name behind the command, as its spout has it: drpc.calls(name: \"NAME\")"})
	}
	text := given["json"]
	if text == "" {
		text = "{}"
	}
	if !json.Valid([]byte(text)) || !strings.HasPrefix(strings.TrimSpace(text), "{") {
		problems = append(problems, problem{what: "--json " + quote(text) + " is no JSON object", help: `write --json '{"field": "value"}'`})
	}
	patience, wrong := patienceOf(given)
	problems = append(problems, wrong...)
	if (given["store"] == "") == (given["server"] == "") {
		problems = append(problems, problem{what: "which run?", help: "name its store with --store DIR, or its address with --server URL"})
	}
	if len(problems) > 0 {
		return a.usage(problems, a.Name+" call -h shows the flags")
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	q := asking{path: "/call/" + given["name"] + "?timeout=" + patience.String(), subject: query.CallSubject(a.Name, given["name"]), text: []byte(text)}
	var out []byte
	var err error
	if given["store"] != "" {
		out, err = a.askStore(ctx, q, given["store"])
	} else {
		out, err = a.askServer(ctx, q, given["server"], given)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = fault.New("give it more time with --timeout", "there was no answer within %s", patience)
	}
	if err != nil {
		a.stderr.problem(explain(err))
		return exitFailed
	}
	return a.show(strings.TrimSpace(string(out)) + "\n")
}
