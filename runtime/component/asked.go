package component

// Asked is a bolt whose memory can be asked.
type Asked interface {
	// Answer appends the answer to a question; both are bytes that the bolt's own code and who asks agree on. It changes nothing, and is never called while
	// another of the task's methods is.
	Answer(dst, question []byte) ([]byte, error)
}
