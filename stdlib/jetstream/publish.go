package jetstream

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/runtime/store"
	"github.com/topo-lang/topo/stdlib/kit/encode"
	"github.com/topo-lang/topo/stdlib/kit/server"
)

// Publish is the sink jetstream.publish.
type Publish struct {
	Subject, Url, Stream, Format string

	link   *server.Link
	js     jetstream.JetStream
	stream jetstream.Stream
	at     string // the stream, for messages
	window time.Duration
	most   int // bytes of a message
	enc    *encode.Encoder
	row    []byte
	refuse func(component.Failed)
	trying *store.Patience
	feed   feed
}

var _ component.ColumnSink = (*Publish)(nil)

// mostWaiting is how many messages wait at the most where there are no epochs.
const mostWaiting = 4096

// Open implements component.ColumnSink.
func (p *Publish) Open(ctx *component.Context, schema []component.Column) error {
	if err := server.CheckSubject(p.Subject, false); err != nil {
		return err
	}
	if p.Stream != "" && !names.MatchString(p.Stream) {
		return fault.New("a name consists of letters, digits, `_` and `-`", "stream: %q is no name of a stream", p.Stream)
	}
	format, err := encode.ParseFormat(p.Format, encode.JSON, encode.Text, encode.TSV, encode.CSV)
	if err != nil {
		return err
	}
	p.enc, p.refuse = encode.New(format, schema), ctx.Refuse
	if p.link, err = server.Connect(ctx, p.Url); err != nil {
		return err
	}
	p.at = p.link.Name + ": subject " + p.Subject
	if err := store.NewPatience(ctx, p.at, 0).Call("opening", p.open); err != nil {
		p.link.Close()
		p.link = nil
		return err
	}
	// What is written once more after an answer that did not come is known to the server by its id for so long.
	p.trying = store.NewPatience(ctx, p.at, min(time.Minute, p.window/2))
	p.feed = feed{p: p, epochs: ctx.Epochs}
	if !ctx.Epochs {
		return p.feed.name()
	}
	if c := p.stream.CachedInfo().Config; c.Retention != jetstream.LimitsPolicy && ctx.Stderr != nil {
		_, _ = fmt.Fprintf(ctx.Stderr, "%s: %s: stream %s forgets messages that were consumed: when a run goes on, what was published of its last epoch is known for %v only (duplicate_window)\n",
			ctx.Topology, ctx.Component, c.Name, p.window)
	}
	return nil
}

var otherSigns = regexp.MustCompile(`[^a-zA-Z0-9_-]+`)

// open finds the stream; one of the server in the binary is made.
func (p *Publish) open() (err error) {
	if p.js, err = jetstream.New(p.link.Conn, jetstream.WithPublishAsyncMaxPending(2*window)); err != nil {
		return err
	}
	ctx, cancel := limit()
	defer cancel()
	keeps, err := p.js.StreamNameBySubject(ctx, p.Subject)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound) && p.Url == "":
		name := p.Stream
		if name == "" {
			name = strings.Trim(otherSigns.ReplaceAllString(p.Subject, "-"), "-")
		}
		p.stream, err = p.js.CreateStream(ctx, jetstream.StreamConfig{Name: name, Subjects: []string{p.Subject}, Storage: jetstream.FileStorage})
		var api *jetstream.APIError
		if errors.As(err, &api) && api.ErrorCode == jetstream.JSErrCodeStreamNameInUse {
			return fault.New("name another stream, or let that one keep the subject, too", "%s: stream %s keeps other subjects", p.at, name)
		}
		if err != nil {
			return p.said(err)
		}
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return fault.New("make one: `nats stream add NAME --subjects \""+p.Subject+"\"`", "%s: no stream keeps it", p.at)
	case err != nil:
		return p.said(err)
	case p.Stream != "" && p.Stream != keeps:
		return fault.New("name that stream, or another subject", "%s: stream %s keeps it, and not %s", p.at, keeps, p.Stream)
	default:
		if p.stream, err = p.js.Stream(ctx, keeps); err != nil {
			return p.said(err)
		}
	}
	c := p.stream.CachedInfo().Config
	p.window, p.most = c.Duplicates, int(p.link.Conn.MaxPayload())-1<<10 // with room for the headers
	if c.MaxMsgSize > 0 {
		p.most = min(p.most, int(c.MaxMsgSize)-1<<8)
	}
	if p.window < 10*time.Second {
		return fault.New("let it be two minutes: `nats stream edit "+c.Name+" --dupe-window 2m`", "%s: stream %s knows a message that is sent again for %v only", p.at, c.Name, p.window)
	}
	return nil
}

// Write implements component.ColumnSink.
func (p *Publish) Write(rows *component.Columns) error {
	for i := range rows.N {
		p.row = p.enc.Append(p.row[:0], rows, i)
		if len(p.row) > p.most {
			p.refuse(component.Failed{Tuple: string(p.row[:min(len(p.row), 1000)]), Reason: fmt.Sprintf("a message of %d bytes, and the stream takes %d", len(p.row), p.most), Place: p.at})
			continue
		}
		p.feed.rows = append(p.feed.rows, append([]byte(nil), p.row...))
	}
	if len(p.feed.rows) >= mostWaiting {
		return p.Flush()
	}
	return nil
}

// Flush implements component.ColumnSink: when it returns, the stream has the messages, but in a run that commits in epochs.
func (p *Publish) Flush() error {
	if p.feed.epochs || len(p.feed.rows) == 0 {
		return nil
	}
	err := p.feed.send(p.feed.rows, p.feed.log, p.feed.epoch, make([]bool, len(p.feed.rows)))
	if err == nil {
		p.feed.rows = p.feed.rows[:0]
		p.feed.epoch++
	}
	return err
}

// Inner is what commits with the epochs.
func (p *Publish) Inner() any {
	if !p.feed.epochs {
		return nil
	}
	return &p.feed
}

// Close implements component.ColumnSink.
func (p *Publish) Close(bool) error {
	if p.link == nil {
		return nil
	}
	err := p.Flush()
	p.link.Close()
	p.link = nil
	return err
}

// said makes an error of the server one that says whether it may pass.
func (p *Publish) said(err error) error {
	var api *jetstream.APIError
	var told *fault.Error
	switch {
	case err == nil || errors.As(err, &told):
		return err
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		help := "start it with `nats-server -js`"
		if p.Url == "" {
			help = "give the run `--store DIR`; or give a `url` to use another server"
		}
		return fault.New(help, "%s: the server keeps no streams", p.at)
	case errors.Is(err, nats.ErrNoResponders) && p.stream == nil && p.Url == "":
		return fault.New("give the run `--store DIR`; or give a `url` to use another server", "%s: the server keeps no streams", p.at)
	case errors.Is(err, nats.ErrPermissionViolation):
		return fault.New("give the user in the url the right to publish to this subject", "%s: %w", p.at, err)
	case errors.As(err, &api) && api.Code < 500:
		return fmt.Errorf("%s: %w", p.at, err)
	case errors.Is(err, context.DeadlineExceeded):
		return store.Passing(fmt.Errorf("the server does not answer"))
	}
	return store.Passing(err)
}
