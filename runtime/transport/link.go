package transport

import "github.com/nats-io/nats.go"

// link is a connection to the server; tests have one of their own, which loses, doubles, reorders and damages what travels.
type link interface {
	Publish(subject string, data []byte) error
	// listen gives f what comes on a subject, one after the other: it may keep it. over is called when nothing comes any more.
	listen(subject string, f func(data []byte), over func()) (*nats.Subscription, error)
	Flush() error
	Close()
}

type natsLink struct{ *nats.Conn }

func (l natsLink) listen(subject string, f func([]byte), over func()) (*nats.Subscription, error) {
	sub, err := l.Subscribe(subject, func(m *nats.Msg) { f(m.Data) })
	if err == nil {
		sub.SetClosedHandler(func(string) { over() })
	}
	return sub, err
}
