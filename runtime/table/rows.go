package table

// rows knows which rows of a table are in use.
type rows struct {
	n    int // keys there are
	top  int // rows that were ever used
	last int // the row that was taken last
	free []uint32
	gone []*goneRows // by block; nil where no row of it is free
}

// goneRows are the free rows of a block.
type goneRows struct {
	bits [blockRows / 64]uint64
	n    int
}

// take gives a new key its row.
func (r *rows) take() uint32 {
	r.n++
	number := r.top
	if free := len(r.free); free > 0 {
		number = int(r.free[free-1])
		r.free = r.free[:free-1]
		g := r.gone[number>>blockBits]
		g.bits[number&blockMask>>6] &^= 1 << (number & 63)
		if g.n--; g.n == 0 {
			r.gone[number>>blockBits] = nil
		}
	} else {
		r.top++
	}
	r.last = number
	return uint32(number)
}

// release frees a row, and reports whether its block has none in use then.
func (r *rows) release(number uint32) (empty bool) {
	r.n--
	r.free = append(r.free, number)
	block := int(number >> blockBits)
	for len(r.gone) <= block {
		r.gone = append(r.gone, nil)
	}
	g := r.gone[block]
	if g == nil {
		g = &goneRows{}
		r.gone[block] = g
	}
	g.bits[number&blockMask>>6] |= 1 << (number & 63)
	g.n++
	return g.n == min(blockRows, r.top-block<<blockBits)
}

// isFree reports whether a row holds no key.
func (r *rows) isFree(number int) bool {
	if block := number >> blockBits; block < len(r.gone) && r.gone[block] != nil {
		return r.gone[block].bits[number&blockMask>>6]&(1<<(number&63)) != 0
	}
	return false
}

// Holds reports whether a row, which At was or is given for, holds a key.
func (r *rows) Holds(number int) bool { return number < r.top && !r.isFree(number) }

// Len is the number of keys.
func (r *rows) Len() int { return r.n }

// Last is the number of the row of the key that was added last.
func (r *rows) Last() int { return r.last }
