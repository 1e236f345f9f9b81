package broker

import (
	"crypto/subtle"
	"sync/atomic"

	"github.com/nats-io/nats-server/v2/server"
)

// The names with which connections ask for a room. The first three know the secret. Workers that join have the server's user behind the others.
const (
	framesUser    = "frames"
	logsUser      = "logs"
	componentUser = "component"
	workerUser    = "worker/"
	workerLogs    = "logs/"
)

// rooms puts each connection into its account. Who knows the secret, which this process hands to those that it has started
// and to nobody else, comes into the account of the frames, or into that of the logs, and so does a worker that joins with the server's user;
// anyone else into the common one: where there is a user, only with its password, and where the server is private not at all.
type rooms struct {
	secret         string
	private        bool
	user, password string
	frames, logs   atomic.Pointer[server.Account]
}

// Check implements server.Authentication.
func (r *rooms) Check(c server.ClientAuthentication) bool {
	o := c.GetOpts()
	known := false
	var closed *atomic.Pointer[server.Account] // the room, where it is not the common one
	switch name := o.Username; {
	case name == componentUser || name == framesUser || name == logsUser:
		known = same(o.Password, r.secret)
	case r.user == "":
		known = !r.private
	case name == r.user || name == workerUser+r.user || name == workerLogs+r.user:
		known = same(o.Password, r.password)
	}
	switch o.Username {
	case framesUser, workerUser + r.user:
		closed = &r.frames
	case logsUser, workerLogs + r.user:
		closed = &r.logs
	}
	if !known {
		return false
	}
	if closed == nil {
		c.RegisterUser(&server.User{})
		return true
	}
	account := closed.Load()
	if account == nil {
		return false
	}
	c.RegisterUser(&server.User{Username: account.Name, Account: account})
	return true
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
