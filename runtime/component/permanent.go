package component

import "errors"

// permanent is an error that trying again does not help.
type permanent struct{ error }

func (permanent) Permanent() bool { return true }

func (p permanent) Unwrap() error { return p.error }

// Permanent wraps the error of a component's call that would fail again, however often it were tried: a tuple that cannot be
// read, say. An error that is not permanent may be tried again where the topology says so.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanent{err}
}

// IsPermanent reports whether an error, or one that it wraps, says that trying again does not help: by Permanent, or by
// a method `Permanent() bool` of its own.
func IsPermanent(err error) bool {
	var p interface{ Permanent() bool }
	return errors.As(err, &p) && p.Permanent()
}
