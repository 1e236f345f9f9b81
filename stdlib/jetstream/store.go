// Package jetstream keeps state in key-value buckets of NATS servers.
package jetstream

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/runtime/store"
	"github.com/topo-lang/topo/stdlib/kit/server"
)

// Jetstream is the store jetstream. The bucket is a stream with direct reads off, which may be behind what was written.
type Jetstream struct {
	Url      string
	Bucket   string
	Replicas int64

	task   int
	name   string
	at     string // the server, for messages
	conn   *nats.Conn
	js     jetstream.JetStream
	stream jetstream.Stream
}

var _ store.Backend = (*Jetstream)(nil)

const (
	patience = 20 * time.Second
	// window is how many calls are under way at once.
	window = 32
	// operation is how a bucket says that a key was taken out.
	operation = "KV-Operation"
)

var names = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)

func limit() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), patience)
}

// Open implements store.Backend.
func (j *Jetstream) Open(ctx *component.Context, t store.Table) (err error) {
	j.task = t.Task
	if j.name = j.Bucket; j.name == "" {
		j.name = t.Name
	}
	switch {
	case j.Url == "":
		return fault.New("name a server: \"nats://127.0.0.1:4222\"", "url: no server is named")
	case !names.MatchString(j.name):
		return fault.New("a name consists of letters, digits, `_` and `-`", "bucket: %q is no name of a bucket", j.name)
	case j.Replicas < 1 || j.Replicas > 5:
		return fault.New("give 1, 3 or 5", "replicas: there can't be %d", j.Replicas)
	}
	if j.at, err = server.Redact(j.Url); err != nil {
		return err
	}
	if err := ctx.Own("bucket " + j.name + " of " + j.at); err != nil {
		return fault.New("give each of them a bucket of its own", "%w", err)
	}
	if j.conn == nil {
		if j.conn, err = nats.Connect(j.Url, nats.Name(ctx.Topology+" "+ctx.Component), nats.MaxReconnects(-1)); err != nil {
			return store.Passing(fmt.Errorf("%s: %w", j.at, err))
		}
	}
	if j.js, err = jetstream.New(j.conn, jetstream.WithPublishAsyncMaxPending(window)); err != nil {
		return err
	}
	c, cancel := limit()
	defer cancel()
	j.stream, err = j.js.CreateOrUpdateStream(c, jetstream.StreamConfig{
		Name: "KV_" + j.name, Subjects: []string{"$KV." + j.name + ".>"}, MaxMsgsPerSubject: 1, Discard: jetstream.DiscardNew,
		Storage: jetstream.FileStorage, Replicas: int(j.Replicas), AllowRollup: true, DenyDelete: true, AllowDirect: false,
		Metadata: map[string]string{"topo": t.Topology + "." + t.Bolt},
	})
	return j.said(err)
}

func (j *Jetstream) subject(kind string, key []byte) string {
	return "$KV." + j.name + "." + kind + "." + hex.EncodeToString(key)
}

func (j *Jetstream) mark() string { return j.subject("mark", []byte{byte(j.task >> 8), byte(j.task)}) }

// read gives what stands at a subject; nil where there is nothing.
func (j *Jetstream) read(ctx context.Context, subject string) ([]byte, error) {
	m, err := j.stream.GetLastMsgForSubject(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, j.said(err)
	}
	if m.Header.Get(operation) != "" {
		return nil, nil
	}
	if m.Data == nil {
		return []byte{}, nil
	}
	return m.Data, nil
}

// Get implements store.Backend.
func (j *Jetstream) Get(keys [][]byte) ([]store.Row, error) {
	ctx, cancel := limit()
	defer cancel()
	out := make([]store.Row, len(keys))
	errs := make([]error, window)
	var all sync.WaitGroup
	for w := range window {
		all.Go(func() {
			for i := w; i < len(keys); i += window {
				out[i].Key = keys[i]
				v, err := j.read(ctx, j.subject("row", keys[i]))
				if err == nil && v != nil {
					out[i], err = store.ParseRow(keys[i], v)
				}
				if err != nil {
					errs[w] = err
					return
				}
			}
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Put implements store.Backend. All rows are acknowledged before the mark is written, so a mark says that they are there.
func (j *Jetstream) Put(rows []store.Row, mark []byte) error {
	ctx, cancel := limit()
	defer cancel()
	under := make([]jetstream.PubAckFuture, 0, len(rows))
	for _, r := range rows {
		m := nats.NewMsg(j.subject("row", r.Key))
		if r.Value == nil {
			m.Header.Set(operation, "DEL")
		} else {
			m.Data = store.AppendRow(nil, r)
		}
		f, err := j.js.PublishMsgAsync(m)
		if err != nil {
			return j.said(err)
		}
		under = append(under, f)
	}
	for _, f := range under {
		select {
		case <-f.Ok():
		case err := <-f.Err():
			return j.said(err)
		case <-ctx.Done():
			return j.said(ctx.Err())
		}
	}
	if mark == nil {
		return nil
	}
	_, err := j.js.Publish(ctx, j.mark(), mark)
	return j.said(err)
}

// Mark implements store.Backend.
func (j *Jetstream) Mark() ([]byte, error) {
	ctx, cancel := limit()
	defer cancel()
	return j.read(ctx, j.mark())
}

// Each implements store.Backend.
func (j *Jetstream) Each(f func(store.Row) error) error {
	ctx, cancel := limit()
	defer cancel()
	prefix := "$KV." + j.name + ".row."
	info, err := j.stream.Info(ctx, jetstream.WithSubjectFilter(prefix+">"))
	if err != nil {
		return j.said(err)
	}
	for subject := range info.State.Subjects {
		key, err := hex.DecodeString(strings.TrimPrefix(subject, prefix))
		if err != nil {
			return fmt.Errorf("bucket %s has a key %q that is none of this state", j.name, subject)
		}
		one, cancel := limit()
		v, err := j.read(one, subject)
		cancel()
		if err != nil {
			return err
		}
		if v == nil {
			continue
		}
		r, err := store.ParseRow(key, v)
		if err == nil {
			err = f(r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Sync implements store.Backend. What a server acknowledges is as durable as it was told to be: with sync always, or on several servers.
func (j *Jetstream) Sync() error { return nil }

// Close implements store.Backend.
func (j *Jetstream) Close() error {
	if j.conn != nil {
		j.conn.Close()
		j.conn = nil
	}
	return nil
}

// said makes an error of the server one that says whether it may pass.
func (j *Jetstream) said(err error) error {
	var api *jetstream.APIError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return fault.New("start it with `nats-server -js`", "%s: the server has no JetStream", j.at)
	case errors.Is(err, nats.ErrNoResponders):
		return store.Passing(fmt.Errorf("%s: no JetStream answers; is it started with `nats-server -js`?", j.at))
	case errors.As(err, &api) && api.Code < 500:
		return fmt.Errorf("%s: bucket %s: %w", j.at, j.name, err)
	}
	return store.Passing(fmt.Errorf("%s: bucket %s: %w", j.at, j.name, err))
}
