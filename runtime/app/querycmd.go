package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/broker"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/runtime/query"
	"github.com/topo-lang/topo/runtime/spell"
)

// queryCommands are the verbs that ask a run: one for each query.
func (a *app) queryCommands() []command {
	var out []command
	for i := range a.Queries {
		q := &a.Queries[i]
		var flags []flag
		for _, p := range q.Params {
			doc := p.a()
			if len(p.Values) > 0 {
				doc += ": " + strings.Join(p.Values, ", ")
			}
			if p.Optional {
				doc += ", which may be left out"
			}
			flags = append(flags, flag{name: flagName(p.Name), arg: "VALUE", doc: doc})
		}
		flags = append(flags,
			flag{name: "store", arg: "DIR", doc: "ask the run of this machine that uses this store"},
			flag{name: "server", arg: "URL", doc: "ask the run at this address: http://HOST:PORT of its --http, or nats://HOST:PORT of its --listen"},
			flag{name: "user-file", arg: "FILE", doc: "the name and password of --server, as a line NAME:PASSWORD"},
			flag{name: "tls-ca", arg: "FILE", doc: "the authorities that --server trusts, PEM; otherwise the system's"},
			flag{name: "timeout", arg: "DURATION", doc: "how long to wait (default 10s)"})
		short := q.Doc
		if short == "" {
			short = q.form()
		}
		out = append(out, command{"query " + q.Name, short, flags, func(a *app, ctx context.Context, given map[string]string) int { return a.ask(ctx, q, given) }})
	}
	return out
}

// ask is the command query NAME.
func (a *app) ask(ctx context.Context, q *Query, given map[string]string) int {
	params := map[string]string{}
	var problems []problem
	for _, p := range q.Params {
		if text, ok := given[flagName(p.Name)]; ok {
			params[p.Name] = text
		} else if !p.Optional {
			problems = append(problems, problem{what: fmt.Sprintf("query %s needs %s", q.Name, p.Name), help: fmt.Sprintf("write --%s VALUE, %s", flagName(p.Name), p.a())})
		}
	}
	patience, wrong := patienceOf(given)
	problems = append(problems, wrong...)
	store, server := given["store"], given["server"]
	if (store == "") == (server == "") {
		problems = append(problems, problem{what: "which run?", help: "name its store with --store DIR, or its address with --server URL"})
	}
	question, err := q.texts(params)
	if err != nil {
		problems = append(problems, problem{what: err.Error()})
	}
	if len(problems) > 0 {
		return a.usage(problems, a.Name+" query "+q.Name+" -h shows the flags")
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var text []byte
	how := asking{path: "/query/" + q.Name, subject: querySubject(a.Name, q.Name), text: question, query: q}
	if store != "" {
		text, err = a.askStore(ctx, how, store)
	} else {
		text, err = a.askServer(ctx, how, server, given)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = fault.New("give it more time with --timeout", "there was no answer within %s", patience)
	}
	if err != nil {
		a.stderr.problem(explain(err))
		return exitFailed
	}
	return a.show(string(bytes.TrimSpace(text)) + "\n")
}

// patienceOf is how long to wait.
func patienceOf(given map[string]string) (time.Duration, []problem) {
	text, ok := given["timeout"]
	if !ok {
		return queryPatience, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, []problem{{what: "--timeout " + quote(text) + " is no duration", help: "write it as 500ms or 10s"}}
	}
	return d, nil
}

// asking is what is asked of a run, by whatever way.
type asking struct {
	path, subject string
	text          []byte
	query         *Query // nil of a call
}

// resting asks a store that no run uses.
func (a *app) resting(ctx context.Context, q asking, store string) ([]byte, error) {
	if q.query == nil {
		return nil, fault.New("start it, with --store "+store, "no run uses the store %s", store)
	}
	return a.askResting(ctx, q.query, store, q.text)
}

// askStore asks the run that uses a store.
func (a *app) askStore(ctx context.Context, q asking, store string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(store, queryFile))
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(store); errors.Is(err, fs.ErrNotExist) {
			return nil, fault.New("name the folder that a run was given with --store", "there is no folder %s", store)
		}
		return a.resting(ctx, q, store)
	}
	if err != nil {
		return nil, fault.New("", "it cannot be read where the run of %s is asked: %w", store, err)
	}
	var w whereAsked
	if err := json.Unmarshal(text, &w); err != nil {
		return nil, fault.New("start the run again", "%s is damaged", filepath.Join(store, queryFile))
	}
	out, err := askHTTP(ctx, http.DefaultClient, w.URL, w.User, w.Password, q)
	var gone *url.Error
	if errors.As(err, &gone) && ctx.Err() == nil {
		return a.resting(ctx, q, store) // it was killed, and has left its file
	}
	return out, err
}

// askServer asks a run by its address.
func (a *app) askServer(ctx context.Context, q asking, server string, given map[string]string) ([]byte, error) {
	const help = "write http://HOST:PORT or https://HOST:PORT of the run's --http, or nats://HOST:PORT of its --listen; name and password stand in the file of --user-file"
	at, err := url.Parse(server)
	if err != nil || at.Host == "" || at.User != nil {
		return nil, fault.New(help, "--server %q is not the address of a run", server)
	}
	user, password := "", ""
	if file := given["user-file"]; file != "" {
		if user, password, err = broker.UserFile(file); err != nil {
			return nil, err
		}
	}
	tls, err := broker.ClientTLS(given["tls-ca"])
	if err != nil {
		return nil, err
	}
	switch at.Scheme {
	case "http", "https":
		if at.Scheme == "http" && user != "" && at.Hostname() != "localhost" && at.Hostname() != "127.0.0.1" && at.Hostname() != "::1" {
			return nil, fault.New("write https://", "a password is not sent to another machine without TLS")
		}
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: tls}}
		return askHTTP(ctx, client, at.Scheme+"://"+at.Host, user, password, q)
	case "nats", "tls":
		opts := []nats.Option{nats.Name("topo query")}
		if user != "" {
			opts = append(opts, nats.UserInfo(user, password))
		}
		if at.Scheme == "tls" || given["tls-ca"] != "" {
			tls.ServerName = at.Hostname()
			opts = append(opts, nats.Secure(tls))
		}
		conn, err := nats.Connect(server, opts...)
		if err != nil {
			return nil, fault.New("see that the run has --listen with this address", "%s cannot be reached: %w", server, err)
		}
		defer conn.Close()
		m, err := conn.RequestWithContext(ctx, q.subject, q.text)
		if errors.Is(err, nats.ErrNoResponders) {
			return nil, fault.New("see that the topology runs there", "nobody answers this of topology %s at %s", a.Name, server)
		}
		if err != nil {
			return nil, err
		}
		if why := m.Header.Get(query.ErrorHeader); why != "" {
			return nil, errors.New(why)
		}
		return m.Data, nil
	}
	return nil, fault.New(help, "--server %q is not the address of a run", server)
}

// askHTTP asks over HTTP.
func askHTTP(ctx context.Context, client *http.Client, base, user, password string, q asking) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, base+q.path, bytes.NewReader(q.text))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	if user != "" {
		r.SetBasicAuth(user, password)
	}
	out, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer out.Body.Close()
	text, err := io.ReadAll(io.LimitReader(out.Body, answerLimit+1))
	switch {
	case err != nil:
		return nil, err
	case len(text) > answerLimit:
		return nil, fmt.Errorf("the answer has more than %d bytes", answerLimit)
	case out.StatusCode == http.StatusOK:
		return text, nil
	}
	var why struct{ Error string }
	if err := json.Unmarshal(text, &why); err != nil || why.Error == "" {
		return nil, fmt.Errorf("%s answers %s", base, out.Status)
	}
	return nil, errors.New(why.Error)
}

// answerLimit is how many bytes of an answer are read.
const answerLimit = 256 << 20

// noQuery says which queries there are.
func (a *app) noQuery(name string) problem {
	var names []string
	for i := range a.Queries {
		names = append(names, a.Queries[i].Name)
	}
	switch near := spell.Suggest(name, names); {
	case len(names) == 0:
		return problem{what: "the topology has no queries", help: "declare one: `query total(word string) -> (n int) = (count.n[word] ?? 0)`"}
	case name == "":
		return problem{what: "which query?", help: "there are: " + strings.Join(names, ", ")}
	case near != "":
		return problem{what: "there is no query " + quote(name), help: "did you mean " + near + "?"}
	}
	return problem{what: "there is no query " + quote(name), help: "there are: " + strings.Join(names, ", ")}
}
