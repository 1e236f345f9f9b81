package commitlog

import (
	"context"
	"errors"
	"fmt"

	"github.com/topo-lang/topo/runtime/fault"
)

const restore = "bring the folder back from a copy; or name another folder with --store, where the run begins anew"

// open does what Open says.
func (l *Log) open(ctx context.Context) (err error) {
	if err := l.place(ctx, true); err != nil {
		return err
	}
	if l.witness, err = openWitness(l.config.Folder, l.config.Topology, true); err != nil {
		return err
	}
	if err := l.look(ctx); err != nil {
		return err
	}
	if l.found.Changes, err = l.fits(ctx); err != nil {
		return err
	}
	return l.raise(ctx)
}

// place goes to where the log is, and makes it there.
func (l *Log) place(ctx context.Context, create bool) error {
	if l.config.Memory != nil {
		l.medium = l.config.Memory
	} else {
		s, err := openStreams(ctx, l.config, create)
		if err != nil {
			return err
		}
		l.medium = s
	}
	l.inline = min(mostInline, l.medium.most()-spare)
	if l.config.Inline > 0 {
		l.inline = min(l.inline, l.config.Inline)
	}
	l.chunk = min(mostChunk, l.medium.most()-spare)
	return nil
}

// damaged says that the log can't be used.
func (l *Log) damaged(err error) error {
	var v newer
	if errors.As(err, &v) {
		return &fault.Error{What: "the commit log of " + l.config.Topology + " was written by a newer version", Err: err,
			Way: "run it with that version; or name another folder with --store, where the run begins anew"}
	}
	return &fault.Error{What: "the commit log of " + l.config.Topology + " is damaged", Err: err, Way: restore}
}

// look reads how things stand.
func (l *Log) look(ctx context.Context) error {
	seq, text, err := l.medium.last(ctx)
	if err != nil {
		return l.unreadable(err)
	}
	if seq > 0 {
		if l.head, _, _, err = decode(text); err != nil {
			return l.damaged(fmt.Errorf("record %d: %w", seq, err))
		}
		l.at = seq
	} else if _, last, _, err := l.medium.state(ctx, 0); err != nil {
		return l.unreadable(err)
	} else if last > 0 {
		return l.damaged(errors.New("its records are gone"))
	}
	if w := l.witness.known(); w.index > l.head.index {
		return l.damaged(fmt.Errorf("its end is missing: epoch %d was committed, and it ends with epoch %d", w.epoch, l.head.epoch))
	} else if w.index == l.head.index && w.sum != l.head.sum {
		return l.damaged(errors.New("its last record is another than the one that was written"))
	}
	if why := l.witness.broken(); why != nil {
		// The log's own sums hold; only a lost end would not show this time.
		l.warn("%s in the store folder is damaged (%v); it is made anew from the log", WitnessName, why)
	}
	l.found = Found{Epoch: l.head.epoch, Released: l.head.released, Snapshot: l.head.snapshot.epoch}
	return nil
}

// identity is what the log was written for, by the last who opened it.
func (l *Log) identity(ctx context.Context) (id Identity, err error) {
	at := l.head.identity
	if at == 0 {
		at = l.at
	}
	text, err := l.medium.get(ctx, at)
	if err != nil && !errors.Is(err, errMissing) {
		return nil, l.unreadable(err)
	}
	if err == nil {
		var h head
		var payload []byte
		if h, _, payload, err = decode(text); err == nil && h.identity != 0 {
			err = errors.New("it does not say what it was written for")
		}
		if err == nil {
			id, err = decodeIdentity(payload)
		}
	}
	if err != nil {
		return nil, l.damaged(fmt.Errorf("record %d: %w", at, err))
	}
	return id, nil
}

// fits sees that the log was written for what this program is.
func (l *Log) fits(ctx context.Context) ([]Change, error) {
	if l.at == 0 {
		return nil, nil
	}
	before, err := l.identity(ctx)
	if err != nil {
		return nil, err
	}
	all := changes(before, l.config.Identity)
	if len(all) == 0 {
		return nil, nil
	}
	help := "run the program that wrote it; or name another folder with --store, where the run begins anew"
	if l.config.Accept == nil {
		return nil, &fault.Error{What: "the commit log of " + l.config.Topology + " was written by a program that differs", Err: errors.New(inWords(all)), Way: help}
	}
	if err := l.config.Accept(before); err != nil {
		return nil, &fault.Error{What: "the commit log of " + l.config.Topology + " was written by a program that differs", Err: err, Way: help}
	}
	if l.found.Epoch > 0 {
		l.before = before
	}
	return all, nil
}

// raise makes this process the holder.
func (l *Log) raise(ctx context.Context) error {
	if err := l.medium.room(spare); err != nil {
		return &fault.Error{What: "the commit log can't be opened", Err: err, Way: "free some space, or name a folder on another disk with --store"}
	}
	h := l.next(kindOpen)
	h.term++
	h.identity = 0
	payload := l.config.Identity.encode()
	if l.before != nil {
		payload = l.before.encode()
	}
	if len(payload) > l.inline {
		return fmt.Errorf("the identity of %s has %d bytes, which is too much", l.config.Topology, len(payload))
	}
	beforeOpen.Hit()
	first, err := l.write(ctx, &h, payload)
	if err != nil {
		if errors.Is(err, ErrFenced) {
			return &fault.Error{What: "another process has opened the commit log of " + l.config.Topology + " at the same moment", Way: "let that one run, or start this one again"}
		}
		return err
	}
	afterOpen.Hit()
	l.keep(span{h.index, 0, first, l.at})
	l.recovered = l.found.Epoch == 0
	return l.measure(ctx)
}

// measure finds how much there is to read.
func (l *Log) measure(ctx context.Context) error {
	for stream := range 2 {
		_, _, bytes, err := l.medium.state(ctx, stream)
		if err != nil {
			return l.unreadable(err)
		}
		l.found.Bytes += bytes
	}
	return nil
}

func (l *Log) unreadable(err error) error {
	return &fault.Error{What: "the commit log of " + l.config.Topology + " can't be read", Err: err, Way: "see that the folder of --store can be read and written"}
}
