package commitlog

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/topo-lang/topo/runtime/fault"
)

// Info is what a log says of itself.
type Info struct {
	Found
	Identity Identity
	Openings uint64 // how often it was opened to be written
	Index    uint64 // of its last record, from the first on that was ever written
}

// Inspect reads a log that nobody writes, without changing it: of the config its place is needed, and the topology's name. What it holds is
// given as Recover gives it. The parts and their sizes are so known to who lists them.
func Inspect(ctx context.Context, c Config, r Restore) (info Info, err error) {
	l := &Log{config: c}
	l.closed, l.close = context.WithCancel(context.Background())
	defer l.close()
	if err := l.place(ctx, false); err != nil {
		return info, err
	}
	defer l.medium.close()
	if l.witness, err = openWitness(c.Folder, c.Topology, false); err != nil {
		return info, err
	}
	defer func() { err = errors.Join(err, l.witness.close()) }()
	if err := l.look(ctx); err != nil {
		return info, err
	}
	if l.at == 0 {
		return info, &fault.Error{What: "there is no commit log of topology " + c.Topology, Way: "name the folder that its run was given with --store"}
	}
	if err := l.measure(ctx); err != nil {
		return info, err
	}
	info = Info{Found: l.found, Openings: l.head.term, Index: l.head.index}
	if info.Identity, err = l.identity(ctx); err != nil {
		return info, err
	}
	if r.Identity != nil {
		if err := r.Identity(info.Identity); err != nil {
			return info, err
		}
	}
	rc := &recovery{log: l, Restore: r}
	return info, rc.run(ctx)
}

// Topologies lists the names of the topologies that a server has logs of. Characters that a stream's name can't have are = in them.
func Topologies(ctx context.Context, connect func(...nats.Option) (*nats.Conn, error)) ([]string, error) {
	conn, err := connect()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return topologies(ctx, js)
}
