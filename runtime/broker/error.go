package broker

// Error is why a server does not start, with the way out.
type Error struct {
	What string // what happened, and to what
	Err  error  // the cause, or nil
	help string
}

// Error implements error.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.What
	}
	return e.What + ": " + e.Err.Error()
}

// Help returns the way out, or "".
func (e *Error) Help() string { return e.help }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
