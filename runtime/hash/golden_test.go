package hash

// golden are the hashes of the first n letters of the alphabet, over and over.
var golden = []struct {
	n int
	h uint64
}{
	{0, 0xa5506ff52926ac13},
	{1, 0x1fc08cd7bcb2d1ec},
	{2, 0x318e1c571f7907dc},
	{3, 0x03fe2101ce2e04cd},
	{4, 0x43813bda811fb9b0},
	{5, 0x8da3ba6c5272fb37},
	{7, 0x5b16522521e93190},
	{8, 0x3da4e37728486056},
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
	goldenCombine   = 0xb083eef1a0fb547c
)
