package broker

import (
	"crypto/subtle"
	"sync/atomic"

	"github.com/nats-io/nats-server/v2/server"
)

// The names with which connections ask for a room. The first two know the secret. Workers that join have the server's user behind the third.
const (
	framesUser    = "frames"
	componentUser = "component"
	workerUser    = "worker/"
)

// rooms puts each connection into its account. Who knows the secret, which this process hands to those that it has started
// and to nobody else, comes into the account of the frames, and so does a worker that joins with the server's user; anyone else into the
// common one: where there is a user, only with its password, and where the server is private not at all.
type rooms struct {
	secret         string
	private        bool
	user, password string
	frames         atomic.Pointer[server.Account]
}

// Check implements server.Authentication.
func (r *rooms) Check(c server.ClientAuthentication) bool {
	o := c.GetOpts()
	closed, known := false, false
	switch {
	case o.Username == framesUser || o.Username == componentUser:
		closed, known = o.Username == framesUser, same(o.Password, r.secret)
	case r.user == "":
		known = !r.private
	case o.Username == r.user || o.Username == workerUser+r.user:
		closed, known = o.Username != r.user, same(o.Password, r.password)
	}
	if !known {
		return false
	}
	account := r.frames.Load()
	switch {
	case !closed:
		c.RegisterUser(&server.User{})
	case account == nil:
		return false
	default:
		c.RegisterUser(&server.User{Username: framesUser, Account: account})
	}
	return true
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
