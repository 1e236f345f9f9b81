package ast

// Type is a written type: one of Name, List, Map is set.
type Type struct {
	Node
	List     *Type // `[]T`; `[]T?` is a list of optional T
	Map      *MapType
	Library  *Ident // `common` of `common.Hit`; nil where not written
	Name     *Ident // `int`, `Hit`, `field`, `any`, a type variable `T`
	Optional bool   // `T?`
}

// MapType is `map[K]V`.
type MapType struct {
	Node
	Key   *Type
	Value *Type
}
