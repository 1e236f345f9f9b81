package hash

// golden are the hashes of the first n letters of the alphabet, over and over.
var golden = []struct {
	n int
	h uint64
}{
	{0, 0xa5506ff52926ac13},
	{1, 0xaebc887268d0ba57},
	{2, 0x69da709b6c1f0946},
	{3, 0x0e7e6afbb247ec56},
	{4, 0xec9cbbcaf1ccf36f},
	{5, 0x6944d5378d1419f3},
	{7, 0xef93724dadf968a5},
	{8, 0xe22f35f6b3fa95b1},
	{9, 0xd8442fe094d2852b},
	{15, 0x4909e8b21e95f0e5},
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
	goldenCombine   = 0x673e1a74ee9f514b
)
