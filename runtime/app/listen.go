package app

import (
	"os"

	"github.com/topo-lang/topo/runtime/broker"
)

// serverOptions is what the flags say about the embedded server.
func (a *app) serverOptions(given map[string]string) (o broker.Options, problems []problem) {
	o = broker.Options{
		Name: a.Name, Store: given["store"], Listen: given["listen"],
		Log: func(m string) { a.stderr.line("warning: broker: %s", m) },
	}
	// An empty value is a variable of the shell that was not set: what was asked for must not be left out in silence.
	for _, name := range []string{"store", "listen", "user-file", "tls-cert", "tls-key", "metrics", "http"} {
		if value, ok := given[name]; ok && value == "" {
			problems = append(problems, problem{what: "--" + name + " is empty", help: "give it a value, or leave it out"})
		}
	}
	if addr := given["metrics"]; addr != "" {
		if _, err := metricsAddress(addr); err != nil {
			problems = append(problems, explain(err))
		}
	}
	if info, err := os.Stat(o.Store); err == nil && !info.IsDir() {
		problems = append(problems, problem{what: "the store " + o.Store + " is a file", help: "name a folder with --store; it is made if it is missing"})
	}
	cert, key, user := given["tls-cert"], given["tls-key"], given["user-file"]
	if o.Listen == "" {
		if given["http"] != "" {
			if (cert == "") != (key == "") {
				problems = append(problems, problem{what: "--tls-cert and --tls-key belong together", help: "give both"})
			}
			return o, problems
		}
		for _, name := range []string{"tls-cert", "tls-key", "user-file"} {
			if given[name] != "" {
				problems = append(problems, problem{what: "--" + name + " is for a server that listens", help: "give an address with --listen, or leave it out"})
			}
		}
		return o, problems
	}
	var err error
	switch {
	case (cert == "") != (key == ""):
		problems = append(problems, problem{what: "--tls-cert and --tls-key belong together", help: "give both"})
	case cert != "":
		if o.TLS, err = broker.ServerTLS(cert, key); err != nil {
			problems = append(problems, explain(err))
		}
	}
	if user != "" {
		if o.User, o.Password, err = broker.UserFile(user); err != nil {
			problems = append(problems, explain(err))
		}
	}
	if given["tls-ca"] != "" {
		problems = append(problems, problem{what: "--tls-ca is for a worker that joins", help: "give it beside --join, or leave it out"})
	}
	if len(problems) == 0 {
		if err := broker.CheckListen(o); err != nil {
			problems = append(problems, explain(err))
		}
	}
	return o, problems
}
