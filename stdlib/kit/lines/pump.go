package lines

import (
	"context"
	"errors"
	"io"
	"sync"
)

// File makes an input of a reader whose reads end by themselves, as those of regular files do.
type File struct{ R io.Reader }

// Read implements Input.
func (f File) Read(ctx context.Context, p []byte) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return f.R.Read(p)
}

// Pump reads in a goroutine of its own, so that waiting for more can be given up: a read from a terminal or
// a pipe can't be. After Close the goroutine ends with the read it is in.
type Pump struct {
	open   func() (io.ReadCloser, error)
	chunks chan chunk
	spare  chan []byte
	quit   chan struct{}
	close  sync.Once
	begin  sync.Once

	now  chunk // what Read is taking from
	rest []byte
}

type chunk struct {
	data []byte
	err  error
}

// pumpSize is how much a pump reads at once; pipes carry no more.
const pumpSize = 64 << 10

// NewPump returns a pump that opens its reader at the first Read: to open a named pipe waits too.
func NewPump(open func() (io.ReadCloser, error)) *Pump {
	return &Pump{open: open, chunks: make(chan chunk, 4), spare: make(chan []byte, 4), quit: make(chan struct{})}
}

func (p *Pump) run() {
	r, err := p.open()
	if err != nil {
		p.send(chunk{err: err})
		return
	}
	defer r.Close() // it was only read from
	for {
		var buf []byte
		select {
		case buf = <-p.spare:
		default:
			buf = make([]byte, pumpSize)
		}
		n, err := r.Read(buf[:pumpSize])
		if !p.send(chunk{buf[:n], err}) || err != nil {
			return
		}
	}
}

func (p *Pump) send(c chunk) bool {
	select {
	case p.chunks <- c:
		return true
	case <-p.quit:
		return false
	}
}

// Read implements Input.
func (p *Pump) Read(ctx context.Context, b []byte) (int, error) {
	p.begin.Do(func() { go p.run() })
	for len(p.rest) == 0 {
		if p.now.err != nil {
			return 0, p.now.err
		}
		if p.now.data != nil {
			select {
			case p.spare <- p.now.data:
			default:
			}
		}
		select {
		case p.now = <-p.chunks:
			p.rest = p.now.data
		case <-ctx.Done():
			p.now.data = nil
			return 0, ctx.Err()
		case <-p.quit:
			p.now.data = nil
			return 0, errors.New("closed")
		}
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// Close stops the pump.
func (p *Pump) Close() { p.close.Do(func() { close(p.quit) }) }
