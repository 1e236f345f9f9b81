package text

import (
	"fmt"
	"net/url"
)

// URLHost returns the host of a URL, without its port.
func URLHost(s string) (string, error) {
	u, err := parseURL(s)
	if err != nil {
		return "", err
	}
	if u.Hostname() == "" {
		return "", fmt.Errorf("the URL names no host")
	}
	return u.Hostname(), nil
}

// URLPath returns the path of a URL, decoded.
func URLPath(s string) (string, error) {
	u, err := parseURL(s)
	if err != nil {
		return "", err
	}
	return u.Path, nil
}

// URLQuery returns the first value that the query of a URL gives a name.
func URLQuery(s, name string) (string, error) {
	u, err := parseURL(s)
	if err != nil {
		return "", err
	}
	values, err := url.ParseQuery(u.RawQuery)
	if v := values[name]; len(v) > 0 {
		return v[0], nil
	}
	if err != nil {
		return "", fmt.Errorf("not a query: %w", err)
	}
	return "", fmt.Errorf("the query has no %s", name)
}

// URLEncode returns s as it can stand in the query of a URL.
func URLEncode(s string) string { return url.QueryEscape(s) }

// URLDecode undoes URLEncode.
func URLDecode(s string) (string, error) {
	out, err := url.QueryUnescape(s)
	if err != nil {
		return "", fmt.Errorf("not encoded text: %w", err)
	}
	return out, nil
}

// parseURL leaves the URL itself out of its errors: it may hold a password.
func parseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if e, ok := err.(*url.Error); ok {
		err = e.Err
	}
	if err != nil {
		return nil, fmt.Errorf("not a URL: %w", err)
	}
	return u, nil
}
