package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/topo-lang/topo/runtime/engine"
	"github.com/topo-lang/topo/runtime/query"
	"github.com/topo-lang/topo/runtime/spell"
)

// Query is a question that a run answers.
type Query struct {
	Name, Doc string
	Params    []QueryParam
	Fields    []string // of the answer
	Many      bool     // the answer is a list of rows; else it is one
	// Answer asks the run's tasks. params are JSON, an object; so is the answer, or a list of them.
	Answer func(ctx context.Context, ask query.Ask, params string) ([]byte, error)
}

// QueryParam is what a question says.
type QueryParam struct {
	Name, Type string
	Text       bool     // as JSON it is a string
	Values     []string // of an enum
	Optional   bool
}

// a is the type with its article.
func (p *QueryParam) a() string {
	if strings.ContainsRune("aeioAEIO", rune(p.Type[0])) {
		return "an " + p.Type
	}
	return "a " + p.Type
}

const (
	// queryPatience is how long an answer may take where nothing else is said.
	queryPatience = 10 * time.Second
	// queryLimit is how many bytes a question may have.
	queryLimit = 1 << 20
	// queriesAtOnce is how many questions are under way at once; others wait.
	queriesAtOnce = 64
)

// errNoQuery is a question that the topology does not know.
type errNoQuery struct{ name, near string }

func (e *errNoQuery) Error() string {
	text := "there is no query " + quote(e.name)
	if e.near != "" {
		text += ": did you mean " + e.near + "?"
	}
	return text
}

// answers is what answers questions, however they come.
type answers struct {
	app *app
	ask engine.Asker
	now chan struct{} // of the questions under way
}

func (a *app) answers(ask engine.Asker) *answers {
	return &answers{a, ask, make(chan struct{}, queriesAtOnce)}
}

// find finds a query.
func (a *app) query(name string) (*Query, error) {
	var names []string
	for i := range a.Queries {
		if a.Queries[i].Name == name {
			return &a.Queries[i], nil
		}
		names = append(names, a.Queries[i].Name)
	}
	return nil, &errNoQuery{name, spell.Suggest(name, names)}
}

// answer answers a question, within the time that ctx has.
func (s *answers) answer(ctx context.Context, name string, params []byte) ([]byte, error) {
	q, err := s.app.query(name)
	if err != nil {
		return nil, err
	}
	if len(params) > queryLimit {
		return nil, query.Wrong(fmt.Sprintf("the question has more than %d bytes", queryLimit))
	}
	text, err := q.object(params)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, queryPatience)
	defer cancel()
	select {
	case s.now <- struct{}{}:
		defer func() { <-s.now }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return q.Answer(ctx, s.ask, text)
}

// object sees that a question is an object with the query's parameters and no others, and makes it compact.
func (q *Query) object(params []byte) (string, error) {
	if len(strings.TrimSpace(string(params))) == 0 {
		params = []byte("{}")
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(params, &given); err != nil {
		return "", query.Wrong("the question is no JSON object: " + err.Error())
	}
	var names []string
	for _, p := range q.Params {
		names = append(names, p.Name)
		if _, ok := given[p.Name]; !ok && !p.Optional {
			return "", query.Wrong(fmt.Sprintf("query %s needs %s, %s", q.Name, p.Name, p.a()))
		}
	}
	for name := range given {
		if !slices.Contains(names, name) {
			why := fmt.Sprintf("query %s has no parameter %s", q.Name, quote(name))
			if near := spell.Suggest(name, names); near != "" {
				why += ": did you mean " + near + "?"
			}
			return "", query.Wrong(why)
		}
	}
	text, err := json.Marshal(given) // which is compact, as what reads it wants
	return string(text), err
}

// texts makes a question of parameters that are given as text, each one without what JSON needs around it.
func (q *Query) texts(given map[string]string) ([]byte, error) {
	object := map[string]json.RawMessage{}
	for name, text := range given {
		i := slices.IndexFunc(q.Params, func(p QueryParam) bool { return p.Name == name })
		value := json.RawMessage(text)
		if i >= 0 && len(q.Params[i].Values) > 0 && !slices.Contains(q.Params[i].Values, text) {
			why := fmt.Sprintf("%s %s is not one of %s", name, quote(text), strings.Join(q.Params[i].Values, ", "))
			if near := spell.Suggest(text, q.Params[i].Values); near != "" {
				why += ": did you mean " + near + "?"
			}
			return nil, query.Wrong(why)
		}
		if i < 0 || q.Params[i].Text {
			value, _ = json.Marshal(text)
		} else if !json.Valid(value) {
			return nil, query.Wrong(fmt.Sprintf("%s %s is no %s", name, quote(text), q.Params[i].Type))
		}
		object[name] = value
	}
	return json.Marshal(object)
}

// whyNot says what went wrong with a question: as a status of HTTP, and in words.
func whyNot(err error) (status int, why string) {
	var wrong *query.Error
	var none *errNoQuery
	switch {
	case errors.As(err, &none):
		return 404, err.Error()
	case errors.As(err, &wrong) && wrong.Place != "":
		return 422, err.Error()
	case errors.As(err, &wrong):
		return 400, err.Error()
	case errors.Is(err, engine.ErrNotRunning):
		return 503, err.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return 504, "there was no answer in time"
	}
	return 500, err.Error()
}

// problemJSON is an answer that says why there is none.
func problemJSON(why string) []byte {
	text, _ := json.Marshal(map[string]string{"error": why}) // a text is no problem
	return text
}

// form is how a query is asked, for people.
func (q *Query) form() string {
	var parts []string
	for _, p := range q.Params {
		parts = append(parts, p.Name+" "+p.Type)
	}
	return q.Name + "(" + strings.Join(parts, ", ") + ") -> (" + strings.Join(q.Fields, ", ") + ")"
}
