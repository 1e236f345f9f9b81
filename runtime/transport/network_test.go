package transport

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// network is a server that cannot be relied on.
type network struct {
	mu     sync.Mutex
	random *rand.Rand
	rate   int // one message of so many has a fault; 0: none
	subs   []*netSub
	faults int
}

type netSub struct {
	subject string
	mu      sync.Mutex
	queue   [][]byte
	wake    chan struct{}
	closed  chan struct{}
}

// netLink is one process's connection.
type netLink struct {
	net  *network
	once sync.Once
	mine []*netSub
}

func (l *netLink) Publish(subject string, data []byte) error {
	n := l.net
	n.mu.Lock()
	defer n.mu.Unlock()
	data = bytes.Clone(data)
	if n.rate == 0 || n.random.IntN(n.rate) > 0 {
		n.deliver(subject, data)
		return nil
	}
	n.faults++
	switch n.random.IntN(4) {
	case 0: // lost
	case 1:
		n.deliver(subject, data)
		n.deliver(subject, data)
	case 2:
		data[n.random.IntN(len(data))] ^= byte(1 + n.random.IntN(255))
		n.deliver(subject, data)
	case 3:
		time.AfterFunc(time.Duration(n.random.IntN(3000))*time.Millisecond, func() {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.deliver(subject, data)
		})
	}
	return nil
}

func (n *network) deliver(subject string, data []byte) {
	for _, s := range n.subs {
		if prefix, all := strings.CutSuffix(s.subject, ">"); s.subject == subject || all && strings.HasPrefix(subject, prefix) {
			s.mu.Lock()
			s.queue = append(s.queue, data)
			s.mu.Unlock()
			select {
			case s.wake <- struct{}{}:
			default:
			}
		}
	}
}

func (l *netLink) listen(subject string, f func([]byte), over func()) (*nats.Subscription, error) {
	s := &netSub{subject: subject, wake: make(chan struct{}, 1), closed: make(chan struct{})}
	l.net.mu.Lock()
	l.net.subs = append(l.net.subs, s)
	l.net.mu.Unlock()
	l.mine = append(l.mine, s)
	go func() {
		defer over()
		for {
			select {
			case <-s.wake:
			case <-s.closed:
				return
			}
			for {
				s.mu.Lock()
				if len(s.queue) == 0 {
					s.mu.Unlock()
					break
				}
				data := s.queue[0]
				s.queue = s.queue[1:]
				s.mu.Unlock()
				f(data)
			}
		}
	}()
	return nil, nil
}

func (l *netLink) Flush() error { return nil }

func (l *netLink) Close() {
	l.once.Do(func() {
		for _, s := range l.mine {
			close(s.closed)
		}
	})
}
