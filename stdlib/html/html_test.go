package html

import (
	"slices"
	"testing"
)

func TestTitle(t *testing.T) {
	for page, want := range map[string]string{
		"<title>Tea &amp; cups</title>":                              "Tea & cups",
		"<TITLE>\n two\n lines </TITLE>":                             "two lines",
		"<svg><title>a picture</title></svg><title>the page</title>": "the page",
		"<title><b>not a tag</b></title>":                            "<b>not a tag</b>",
		"<title>never ends":                                          "never ends",
	} {
		if got, err := Title([]byte(page)); err != nil || got != want {
			t.Errorf("%s: %q, %v", page, got, err)
		}
	}
	for page, want := range map[string]string{
		"":                      "the page has no title",
		"<h1>title</h1>":        "the page has no title",
		"<title> </title>":      "the page's title is empty",
		"<title></title>x":      "the page's title is empty",
		"<!-- <title>x</title>": "the page has no title",
	} {
		if got, err := Title([]byte(page)); err == nil || err.Error() != want {
			t.Errorf("%s: %q, %v", page, got, err)
		}
	}
}

func TestLinks(t *testing.T) {
	page := `<a href="/a">a</a> <A HREF=b?x=1&amp;y=2>b</A> <a class=c href=" c#part ">c</a><a href="c#other">again</a>
		<area href="//other.example/d"/> <a href="mailto:me@example.com"> <a href="javascript:alert(1)"> <a name=x> <a> <a href="%zz">
		<!-- <a href="/hidden"> --> <script>"<a href='/written'>"</script><link href="/style.css"><a href="">self</a> <a href="/never`
	want := []string{
		"http://site.example/a", "http://site.example/dir/b?x=1&y=2", "http://site.example/dir/c", "http://other.example/d",
		"http://site.example/dir/page",
	}
	if got := Links([]byte(page), "http://site.example/dir/page#top"); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := Links([]byte(`<base href="/up/"><base href="/no/"><a href=x>`), "https://h.example/a/b"); !slices.Equal(got, []string{"https://h.example/up/x"}) {
		t.Errorf("with a base: %q", got)
	}
	for _, base := range []string{"", "no address", "::"} {
		if got := Links([]byte(`<a href=x><a href="https://h.example/y">`), base); !slices.Equal(got, []string{"https://h.example/y"}) {
			t.Errorf("from %q: %q", base, got)
		}
	}
}

func TestText(t *testing.T) {
	page := "<title>T</title><p>One<b>word</b></p><p>two</p><script>no</script> caf\xe9 &lt;b&gt;<br>end<style>no"
	if got, want := Text([]byte(page)), "Oneword two caf� <b> end"; got != want {
		t.Errorf("%q, not %q", got, want)
	}
}

func FuzzPages(f *testing.F) {
	f.Add([]byte(`<a href="/a">x</a><title>t</title>`), "http://h/")
	f.Fuzz(func(t *testing.T, page []byte, base string) {
		_, _ = Title(page)
		_ = Text(page)
		for _, link := range Links(page, base) {
			if len(link) < len("http://h") {
				t.Errorf("%q is a link", link)
			}
		}
	})
}
