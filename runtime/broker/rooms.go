package broker

import (
	"crypto/subtle"
	"sync/atomic"

	"github.com/nats-io/nats-server/v2/server"
)

// framesUser is the name with which a connection asks for the room of the frames.
const framesUser = "frames"

// rooms puts each connection into its account. Who knows the secret, which never leaves this process,
// comes into the account of the frames; anyone else into the common one, without being asked for anything.
type rooms struct {
	secret string
	frames atomic.Pointer[server.Account]
}

// Check implements server.Authentication.
func (r *rooms) Check(c server.ClientAuthentication) bool {
	o := c.GetOpts()
	if o.Username != framesUser {
		c.RegisterUser(&server.User{})
		return true
	}
	account := r.frames.Load()
	if account == nil || subtle.ConstantTimeCompare([]byte(o.Password), []byte(r.secret)) != 1 {
		return false
	}
	c.RegisterUser(&server.User{Username: framesUser, Account: account})
	return true
}
