package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/broker"
	"github.com/topo-lang/topo/runtime/codec"
	"github.com/topo-lang/topo/runtime/engine"
)

// In a run of several processes the tasks that are asked are in others than the one that answers. Every worker hears each question, in the room of the frames where
// nobody else is, and the one that runs the task answers.

// askSubject is where workers hear questions.
func askSubject(topology string) string { return "ask." + topology }

// remoteTasks asks the tasks of other processes.
type remoteTasks struct {
	app  *app
	t    *engine.Topology
	conn *nats.Conn
}

// mostTries is how often tasks are asked whose answers are of different epochs.
const mostTries = 20

// Ask implements engine.Asker. Where the run commits, all answers are of one epoch.
func (r *remoteTasks) Ask(ctx context.Context, questions []engine.Question) ([][][]byte, error) {
	out := make([][][]byte, len(questions))
	type one struct{ question, at, task int }
	var all []one
	for i, q := range questions {
		tasks, err := r.t.TasksOf(q)
		if err != nil {
			return nil, err
		}
		out[i] = make([][]byte, len(tasks))
		for at, task := range tasks {
			all = append(all, one{i, at, task})
		}
	}
	for range mostTries {
		epochs, errs := make([]uint64, len(all)), make([]error, len(all))
		var asking sync.WaitGroup
		for n, o := range all {
			asking.Go(func() { out[o.question][o.at], epochs[n], errs[n] = r.one(ctx, questions[o.question], o.task) })
		}
		asking.Wait()
		if err := errors.Join(errs...); err != nil {
			for _, one := range errs {
				if one != nil {
					return nil, one
				}
			}
		}
		if len(epochs) == 0 || slices.Min(epochs) == slices.Max(epochs) {
			return out, nil
		}
	}
	return nil, errors.New("the tasks' answers are of different epochs, again and again: ask once more")
}

// one asks one task.
func (r *remoteTasks) one(ctx context.Context, q engine.Question, task int) (answer []byte, epoch uint64, err error) {
	text := codec.AppendString(nil, q.Component)
	text = codec.AppendUvarint(text, uint64(task))
	text = codec.AppendBytes(text, q.Ask)
	m, err := r.conn.RequestWithContext(ctx, askSubject(r.app.Name), text)
	if errors.Is(err, nats.ErrNoResponders) {
		return nil, 0, engine.ErrNotRunning
	}
	if err != nil {
		return nil, 0, err
	}
	from := codec.NewReader(m.Data)
	ok, epoch, bytes := from.Bool(), from.Uvarint(), from.Bytes()
	if err := from.Close(); err != nil {
		return nil, 0, fmt.Errorf("task %d of %s: %w", task, q.Component, err)
	}
	if !ok {
		return nil, 0, fmt.Errorf("task %d of %s: %s", task, q.Component, bytes)
	}
	return bytes, epoch, nil
}

// answerFor lets a worker answer for the tasks that it runs.
func (a *app) answerFor(t *engine.Topology, remote *broker.Remote) (stop func(), err error) {
	if len(a.Queries) == 0 {
		return func() {}, nil
	}
	conn, err := remote.ConnectFrames()
	if err != nil {
		return nil, err
	}
	_, err = conn.Subscribe(askSubject(a.Name), func(m *nats.Msg) {
		r := codec.NewReader(m.Data)
		component, task, ask := r.String(), r.Uvarint(), r.Bytes()
		if r.Close() != nil || !t.Runs(component, int(min(task, 1<<20))) {
			return
		}
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), queryPatience)
			defer cancel()
			answer, epoch, err := t.AskTask(ctx, component, int(task), ask)
			if err == nil && int64(len(answer)) > conn.MaxPayload()-64 {
				err = errors.New("its answer is too long for a message: the query needs a smaller limit")
			}
			if err != nil {
				answer = []byte(err.Error())
			}
			_ = m.Respond(codec.AppendBytes(codec.AppendUvarint(codec.AppendBool(nil, err == nil), epoch), answer)) // who asked may be gone
		}()
	})
	if err == nil {
		err = conn.Flush()
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn.Close, nil
}
