package hash

// golden are the hashes of the first n letters of the alphabet, over and over.
var golden = []struct {
	n int
	h uint64
}{
	{0, 0xa5506ff52926ac13},
	{1, 0x43c488a0618c0201},
	{2, 0xc2a058481af1bb08},
	{3, 0xaa81713782365c78},
	{4, 0x581e0b4607f6313e},
	{5, 0x1ce380ef6d8fb52b},
	{7, 0xd17fbec08316978f},
	{8, 0x837ba4f52e539619},
	{9, 0xb88538a11973d887},
	{15, 0x7610e882ca9ad8d8},
	{16, 0x775b14031f2d4b5b},
	{17, 0xd7dac60eb118265c},
	{24, 0x08ca84db7a602596},
	{31, 0x04e67641ae5f8b25},
	{32, 0x5382fc0eca309b5f},
	{33, 0x1573ebdc5a9ef684},
	{47, 0xbe6f387102a341c5},
	{48, 0x2e3aaea63f57be1c},
	{49, 0x0d079f98d65749d3},
	{64, 0x00276506347fc981},
	{65, 0x39e696a177396af3},
	{96, 0xf25111dab9ad120d},
	{97, 0x80ac904ae320941a},
	{1000, 0x6630618e1c740311},
}

const (
	goldenInt0      = 0x7de53de772ea694c
	goldenInt1      = 0xf266013d2aef0136
	goldenIntMinus1 = 0x9d4aebffe50e99fe
	goldenFloat     = 0x0c0ccaceb4a41b31
	goldenCombine   = 0x6f6bdbfdd594cebe
)
