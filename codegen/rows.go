package codegen

import (
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// rowType is the Go struct that carries the tuples of streams of one schema, whatever the order of its fields.
type rowType struct {
	goName string
	fields []types.Field // in the order of the first of these streams
	goOf   []string      // by index in fields
	hash   string        // Go field of the carried hash
	hashed bool          // some `fields` edge carries it
	hop    string        // Go field of how often the tuple went round its cycle
	hops   bool          // some edge of a cycle carries it
	// The Go field of the spout's tuple that it comes from, and whether there is one: see findOrigins.
	origin  string
	origins bool
}

// goField is the Go field of a field.
func (r *rowType) goField(name string) string {
	return r.goOf[slices.IndexFunc(r.fields, func(f types.Field) bool { return f.Name == name })]
}

// rowOf returns the row of a stream's schema: equal schemas, in any order of their fields, share a row, so that one input may have
// several sources.
func (g *generator) rowOf(s *ir.Stream) *rowType {
	parts := make([]string, len(s.Fields))
	for i, f := range s.Fields {
		parts[i] = f.Name + " " + typeKey(f.Type)
	}
	slices.Sort(parts)
	key := strings.Join(parts, ",")
	if r := g.rows[key]; r != nil {
		return r
	}
	local := newNames()
	r := &rowType{
		goName: g.global.take(strings.ReplaceAll(s.FullName(), ".", "_") + "Row"),
		fields: s.Fields,
		hash:   local.take("hash"),
		hop:    local.take("hop"),
		origin: local.take("origin"),
	}
	for _, f := range s.Fields {
		r.goOf = append(r.goOf, local.take(f.Name))
	}
	g.rows[key] = r
	g.rowList = append(g.rowList, r)
	return r
}

// inputRow is the row that arrives at an input.
func (g *generator) inputRow(c *ir.Component, in *ir.Input) *rowType {
	for _, e := range g.ins[c] {
		if e.Input == in {
			return g.rowOf(e.Row())
		}
	}
	panic("codegen: input " + in.Alias + " of " + c.Name + " has no edge: the checker let it through")
}

// rowField is the type of a field inside a row: text points into the batch's arena, times are nanoseconds.
func (g *generator) rowField(t *types.Type) *jen.Statement {
	switch t.Kind {
	case types.String, types.Bytes, types.JSON:
		return jen.Qual(pkgBatch, "Text")
	case types.Time:
		return jen.Int64()
	}
	return g.goType(t)
}

// pack is code for a value as a row's field, its text put into the batch named by batchVar. Times must have passed through nanos.
func (g *generator) pack(t *types.Type, batchVar string, v jen.Code) jen.Code {
	switch t.Kind {
	case types.String, types.JSON:
		return jen.Id(batchVar).Dot("Put").Call(v)
	case types.Bytes:
		return jen.Id(batchVar).Dot("PutBytes").Call(v)
	case types.Time:
		return v
	}
	return g.clone(t, v)
}

// unpack is code for a row's field as a value.
func (g *generator) unpack(t *types.Type, batchVar string, field jen.Code) jen.Code {
	switch t.Kind {
	case types.String, types.JSON:
		return jen.Id(batchVar).Dot("Text").Call(field)
	case types.Bytes:
		return jen.Id(batchVar).Dot("Bytes").Call(field)
	case types.Time:
		return jen.Qual(pkgValue, "Time").Call(field)
	}
	return field
}

// hashOf is code for the hash of a value; times are given as nanoseconds where nanos is set.
func (g *generator) hashOf(t *types.Type, v jen.Code, nanos bool) jen.Code {
	switch t.Kind {
	case types.String:
		return jen.Qual(pkgHash, "String").Call(v)
	case types.Bytes:
		return jen.Qual(pkgHash, "Bytes").Call(v)
	case types.Decimal:
		return jen.Qual(pkgHash, "Decimal").Call(jen.Add(v).Dot("IsNeg").Call(), jen.Add(v).Dot("Coef").Call(), jen.Add(v).Dot("Scale").Call())
	case types.Bool:
		return jen.Qual(pkgHash, "Bool").Call(v)
	case types.Int:
		return jen.Qual(pkgHash, "Int").Call(v)
	case types.Duration, types.Enum:
		return jen.Qual(pkgHash, "Int").Call(jen.Int64().Call(v))
	case types.Time:
		if !nanos {
			v = jen.Add(v).Dot("UnixNano").Call()
		}
		return jen.Qual(pkgHash, "Int").Call(v)
	case types.Record:
		r := g.recordOf(t)
		var h jen.Code
		for _, f := range r.fields {
			one := g.hashOf(f.Type, jen.Add(v).Dot(r.goOf[f.Name]), false)
			if h == nil {
				h = one
			} else {
				h = jen.Qual(pkgHash, "Combine").Call(h, one)
			}
		}
		return h
	}
	panic("codegen: " + t.String() + " cannot be hashed: the checker let it through")
}

// hashOf is hashOf of a value that may be a variable which came with its key.
func (f *fn) hashOf(t *types.Type, v jen.Code, nanos bool) jen.Code {
	if t.Kind == types.String {
		if k := f.knownKey(v); k != nil {
			return k.Dot("Hash")
		}
	}
	return f.g.hashOf(t, v, nanos)
}

// streams writes the rows with their codecs, and the records.
func (g *generator) streams(f *jen.File) {
	for _, r := range g.rowList {
		f.Commentf("%s carries tuples %s.", r.goName, types.Schema(r.fields))
		f.Type().Id(r.goName).StructFunc(func(b *jen.Group) {
			if r.hashed {
				b.Id(r.hash).Uint64().Comment("// of the fields that its edge groups by")
			}
			if r.hops {
				b.Id(r.hop).Uint32().Comment("// how often it went round its cycle")
			}
			if r.origins {
				b.Id(r.origin).Uint64().Comment("// the spout's tuple that it comes from")
			}
			for i, field := range r.fields {
				b.Id(r.goOf[i]).Add(g.rowField(field.Type))
			}
		})
		g.codec(f, r)
	}
	// recordOf may find more records inside records while this runs.
	for i := 0; i < len(g.recList); i++ {
		r := g.recList[i]
		f.Commentf("%s is %s.", r.goName, types.Schema(r.fields))
		f.Type().Id(r.goName).StructFunc(func(b *jen.Group) {
			for _, field := range r.fields {
				b.Id(r.goOf[field.Name]).Add(g.goType(field.Type))
			}
		})
	}
	for _, e := range g.enumList {
		e.write(f)
	}
}

// codecVar is the variable that holds a row's codec.
func (r *rowType) codecVar() string { return r.goName + "Codec" }

// codecFunc is the name of one of a row's two functions.
func (g *generator) codecFunc(verb string, r *rowType) string {
	return g.top(verb + strings.TrimPrefix(r.goName, g.global.prefix))
}

// codec writes the functions that turn batches of rows into bytes and back.
func (g *generator) codec(f *jen.File, r *rowType) {
	b := func() *jen.Statement { return jen.Op("*").Qual(pkgBatch, "Batch").Types(jen.Id(r.goName)) }
	f.Var().Id(r.codecVar()).Op("=").Qual(pkgEngine, "Codec").Types(jen.Id(r.goName)).Values(jen.Dict{
		jen.Id("Encode"): jen.Id(g.codecFunc("encode_", r)),
		jen.Id("Decode"): jen.Id(g.codecFunc("decode_", r)),
	})
	f.Line()
	f.Func().Id(g.codecFunc("encode_", r)).Params(jen.Id("dst").Index().Byte(), jen.Id("b").Add(b())).Index().Byte().BlockFunc(func(body *jen.Group) {
		body.Id("dst").Op("=").Qual(pkgCodec, "AppendUvarint").Call(jen.Id("dst"), jen.Uint64().Call(jen.Len(jen.Id("b").Dot("Rows"))))
		body.For(jen.Id("i").Op(":=").Range().Id("b").Dot("Rows")).BlockFunc(func(loop *jen.Group) {
			loop.Id("row").Op(":=").Op("&").Id("b").Dot("Rows").Index(jen.Id("i"))
			if r.hashed {
				loop.Id("dst").Op("=").Qual(pkgCodec, "AppendUint64").Call(jen.Id("dst"), jen.Id("row").Dot(r.hash))
			} else if len(r.fields) == 0 && !r.hops && !r.origins {
				loop.Id("_").Op("=").Id("row")
			}
			if r.hops {
				loop.Id("dst").Op("=").Qual(pkgCodec, "AppendUvarint").Call(jen.Id("dst"), jen.Uint64().Call(jen.Id("row").Dot(r.hop)))
			}
			if r.origins {
				loop.Id("dst").Op("=").Qual(pkgCodec, "AppendUvarint").Call(jen.Id("dst"), jen.Id("row").Dot(r.origin))
			}
			for i, field := range r.fields {
				loop.Id("dst").Op("=").Add(g.encodeField(field.Type, jen.Id("row").Dot(r.goOf[i])))
			}
		})
		body.Return(jen.Id("dst"))
	})
	f.Line()
	f.Func().Id(g.codecFunc("decode_", r)).Params(jen.Id("src").Index().Byte(), jen.Id("b").Add(b())).Error().BlockFunc(func(body *jen.Group) {
		body.Id("b").Dot("Arena").Op("=").Id("src") // where the texts of the rows stand
		body.Id("r").Op(":=").Qual(pkgCodec, "NewReader").Call(jen.Id("src"))
		body.For(jen.Id("n").Op(":=").Id("r").Dot("Count").Call(), jen.Id("n").Op(">").Lit(0), jen.Id("n").Op("--")).BlockFunc(func(loop *jen.Group) {
			loop.Var().Id("row").Id(r.goName)
			if r.hashed {
				loop.Id("row").Dot(r.hash).Op("=").Id("r").Dot("Uint64").Call()
			}
			if r.hops {
				loop.Id("row").Dot(r.hop).Op("=").Uint32().Call(jen.Id("r").Dot("Uvarint").Call())
			}
			if r.origins {
				loop.Id("row").Dot(r.origin).Op("=").Id("r").Dot("Uvarint").Call()
			}
			for i, field := range r.fields {
				loop.Id("row").Dot(r.goOf[i]).Op("=").Add(g.decodeField(field.Type))
			}
			loop.If(jen.Id("r").Dot("Err").Call().Op("!=").Nil()).Block(jen.Break())
			loop.Id("b").Dot("Rows").Op("=").Append(jen.Id("b").Dot("Rows"), jen.Id("row"))
		})
		body.Return(jen.Id("r").Dot("Close").Call())
	})
}

// encodeField is code for dst with a row's field appended.
func (g *generator) encodeField(t *types.Type, field jen.Code) jen.Code {
	switch t.Kind {
	case types.String, types.Bytes, types.JSON:
		return jen.Qual(pkgCodec, "AppendBytes").Call(jen.Id("dst"), jen.Id("b").Dot("Bytes").Call(field))
	case types.Time:
		return jen.Qual(pkgCodec, "AppendInt").Call(jen.Id("dst"), field)
	}
	return jen.Add(g.encoder(t)).Call(jen.Id("dst"), field)
}

// decodeField is code for a row's field read from r.
func (g *generator) decodeField(t *types.Type) jen.Code {
	switch t.Kind {
	case types.String, types.Bytes, types.JSON:
		return jen.Qual(pkgBatch, "Text").Call(jen.Id("r").Dot("Span").Call())
	case types.Time:
		return jen.Id("r").Dot("Int").Call()
	}
	if method := readMethod[t.Kind]; method != "" {
		return jen.Id("r").Dot(method).Call()
	}
	if t.Kind == types.Enum {
		return g.readEnum(t)
	}
	return jen.Add(g.decoder(t)).Call(jen.Id("r"))
}

// readMethod names the codec.Reader's method for types without parts.
var readMethod = map[types.Kind]string{
	types.Bool: "Bool", types.Int: "Int", types.Float: "Float", types.Decimal: "Decimal", types.String: "String", types.JSON: "String",
	types.Time: "Time", types.Duration: "Duration",
}

// encoder is a func([]byte, T) []byte for a value that stands in a row as it is.
func (g *generator) encoder(t *types.Type) jen.Code {
	switch t.Kind {
	case types.Bool:
		return jen.Qual(pkgCodec, "AppendBool")
	case types.Int:
		return jen.Qual(pkgCodec, "AppendInt")
	case types.Float:
		return jen.Qual(pkgCodec, "AppendFloat")
	case types.Decimal:
		return jen.Qual(pkgCodec, "AppendDecimal")
	case types.String, types.JSON:
		return jen.Qual(pkgCodec, "AppendString")
	case types.Bytes:
		return jen.Qual(pkgCodec, "AppendBytes")
	case types.Time:
		return jen.Qual(pkgCodec, "AppendTime")
	case types.Duration:
		return jen.Qual(pkgCodec, "AppendDuration")
	case types.Enum:
		return jen.Qual(pkgCodec, "AppendEnum").Types(g.goType(t))
	}
	var dst jen.Code
	switch t.Kind {
	case types.List:
		dst = jen.Qual(pkgCodec, "AppendList").Call(jen.Id("dst"), jen.Id("v"), g.encoder(t.Elem))
	case types.Map:
		dst = jen.Qual(pkgCodec, "AppendMap").Call(jen.Id("dst"), g.sortedKeys(t.Key, jen.Id("v")), jen.Id("v"), g.encoder(t.Key), g.encoder(t.Elem))
	case types.Optional:
		dst = jen.Qual(pkgCodec, "AppendOption").Call(jen.Id("dst"), jen.Id("v"), g.encoder(t.Elem))
	}
	return jen.Func().Params(jen.Id("dst").Index().Byte(), jen.Id("v").Add(g.goType(t))).Index().Byte().BlockFunc(func(b *jen.Group) {
		if t.Kind == types.Record {
			r := g.recordOf(t)
			for _, f := range r.fields {
				b.Id("dst").Op("=").Add(g.encoder(f.Type)).Call(jen.Id("dst"), jen.Id("v").Dot(r.goOf[f.Name]))
			}
			b.Return(jen.Id("dst"))
			return
		}
		b.Return(dst)
	})
}

// decoder is a func(*codec.Reader) T.
func (g *generator) decoder(t *types.Type) jen.Code {
	if method := readMethod[t.Kind]; method != "" {
		return jen.Parens(jen.Op("*").Qual(pkgCodec, "Reader")).Dot(method)
	}
	var v jen.Code
	switch t.Kind {
	case types.Enum:
		v = g.readEnum(t)
	case types.Bytes:
		v = jen.Qual("bytes", "Clone").Call(jen.Id("r").Dot("Bytes").Call())
	case types.List:
		v = jen.Qual(pkgCodec, "ReadList").Call(jen.Id("r"), g.decoder(t.Elem))
	case types.Map:
		v = jen.Qual(pkgCodec, "ReadMap").Call(jen.Id("r"), g.decoder(t.Key), g.decoder(t.Elem))
	case types.Optional:
		v = jen.Qual(pkgCodec, "ReadOption").Call(jen.Id("r"), g.decoder(t.Elem))
	}
	return jen.Func().Params(jen.Id("r").Op("*").Qual(pkgCodec, "Reader")).Params(jen.Id("v").Add(g.goType(t))).BlockFunc(func(b *jen.Group) {
		if t.Kind == types.Record {
			r := g.recordOf(t)
			for _, f := range r.fields {
				b.Id("v").Dot(r.goOf[f.Name]).Op("=").Add(g.decoder(f.Type)).Call(jen.Id("r"))
			}
			b.Return(jen.Id("v"))
			return
		}
		b.Return(v)
	})
}

// readEnum is code for a value of an enum read from r.
func (g *generator) readEnum(t *types.Type) jen.Code {
	return jen.Qual(pkgCodec, "ReadEnum").Types(g.goType(t)).Call(jen.Id("r"), jen.Lit(len(t.Values)))
}

// sortedKeys is code for the keys of map m in an order that is the same in every run.
func (g *generator) sortedKeys(key *types.Type, m jen.Code) jen.Code {
	switch key.Kind {
	case types.Int, types.String, types.Duration, types.Enum:
		return jen.Qual(pkgValue, "SortedKeys").Call(m)
	case types.Bool:
		return jen.Qual(pkgValue, "SortedKeysFunc").Call(m, jen.Qual(pkgValue, "CompareBool"))
	case types.Decimal:
		return jen.Qual(pkgValue, "SortedKeysFunc").Call(m, jen.Qual(pkgValue, "Decimal").Dot("Cmp"))
	case types.Time:
		return jen.Qual(pkgValue, "SortedKeysFunc").Call(m, jen.Qual("time", "Time").Dot("Compare"))
	}
	return jen.Qual(pkgValue, "SortedKeysFunc").Call(m, g.compareFunc(key))
}

// compareFunc is a func(v, w T) int for records, field by field in the order of their names.
func (g *generator) compareFunc(t *types.Type) jen.Code {
	typ := g.goType(t)
	switch t.Kind {
	case types.Int, types.String, types.Duration, types.Enum:
		return jen.Qual("cmp", "Compare").Types(typ)
	case types.Bool:
		return jen.Qual(pkgValue, "CompareBool")
	case types.Decimal:
		return jen.Qual(pkgValue, "Decimal").Dot("Cmp")
	case types.Time:
		return jen.Qual("time", "Time").Dot("Compare")
	}
	r := g.recordOf(t)
	return jen.Func().Params(jen.List(jen.Id("v"), jen.Id("w")).Add(typ)).Int().BlockFunc(func(b *jen.Group) {
		for _, f := range r.fields {
			b.If(jen.Id("c").Op(":=").Add(g.compareFunc(f.Type)).Call(jen.Id("v").Dot(r.goOf[f.Name]), jen.Id("w").Dot(r.goOf[f.Name])),
				jen.Id("c").Op("!=").Lit(0)).Block(jen.Return(jen.Id("c")))
		}
		b.Return(jen.Lit(0))
	})
}
