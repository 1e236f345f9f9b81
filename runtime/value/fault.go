package value

// Fault says that a function has failed the tuple that its caller is at: where in the text, and why.
type Fault struct {
	Place, Why string
	Permanent  bool // it would fail again, also where a call reached outside
}
