// Package http asks web servers.
//
// It is careful with what answers: a request ends in time, a body that is too large is refused and not read to its end, and a
// redirect leads to no other scheme than http and https, so that no server can make it read what it should not.
package http

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Response is what a server answered.
type Response struct {
	Status      int64
	Url         string //nolint:revive // its name is made of the signature's
	ContentType string
	Body        []byte
}

// The limits where none are given.
const (
	Timeout  = 10 * time.Second
	MaxBytes = 8 << 20
)

const maxRedirects = 10

// client is shared by all tasks: connections stay open between requests to one server.
var client = &http.Client{
	Transport: &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: Timeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:    Timeout,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           256,
		MaxIdleConnsPerHost:    32,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: 1 << 20,
	},
	CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if err := allowed(r.URL); err != nil {
			return fmt.Errorf("redirected to %q: %w", r.URL.Redacted(), err)
		}
		if len(via) > maxRedirects {
			return fmt.Errorf("redirected more than %d times", maxRedirects)
		}
		return nil
	},
}

func allowed(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("only http and https addresses can be asked")
	}
	if u.Host == "" {
		return errors.New("the address has no host")
	}
	return nil
}

// Get asks for a page with the limits that stand. A deadline of ctx stands in the place of Timeout.
func Get(ctx context.Context, address string) (Response, error) {
	timeout := Timeout
	if end, ok := ctx.Deadline(); ok {
		timeout = time.Until(end) + Timeout // the context ends before
	}
	return GetWithin(ctx, address, timeout, MaxBytes)
}

// GetWithin asks for a page with limits.
func GetWithin(ctx context.Context, address string, timeout time.Duration, maxBytes int64) (Response, error) {
	u, err := url.Parse(address)
	if err != nil {
		return Response{}, errors.New("the address can't be read")
	}
	if err := allowed(u); err != nil {
		return Response{}, err
	}
	if timeout <= 0 || maxBytes < 0 {
		return Response{}, errors.New("the limits must be more than nothing")
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return Response{}, reason(err, timeout)
	}
	r.Header.Set("User-Agent", "topo")
	answer, err := client.Do(r)
	if err != nil {
		return Response{}, reason(err, timeout)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, min(maxBytes, 1<<40)+1))
	if err != nil {
		return Response{}, reason(err, timeout)
	}
	if int64(len(body)) > maxBytes {
		return Response{}, fmt.Errorf("the answer is larger than %d bytes", maxBytes)
	}
	return Response{
		Status:      int64(answer.StatusCode),
		Url:         answer.Request.URL.String(),
		ContentType: answer.Header.Get("Content-Type"),
		Body:        body,
	}, nil
}

// reason says why a request failed, without the address: whoever asked knows it.
func reason(err error, timeout time.Duration) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no answer within %s", timeout)
	}
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
