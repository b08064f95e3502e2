package proxy

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	stdlog "log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// What a client does not ask for, net/http tells everybody.
func TestMain(m *testing.M) {
	stdlog.SetOutput(io.Discard)
	m.Run()
}

// soon is how long anything may take on a busy machine.
const soon = 20 * time.Second

// The paths of the tests.
const (
	pods = "/api/v1/namespaces/shop/pods"
	pod  = pods + "/a"
)

// listText is what the server of the tests lists.
const listText = `{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"1000"},"items":[` +
	`{"metadata":{"name":"a","resourceVersion":"7","generation":1},"spec":{}}]}` + "\n"

// breakOff instead of a frame ends the watch, but not properly.
const breakOff = "(break off)"

// apiServer is as much of one as the proxy can tell from a real one.
type apiServer struct {
	*httptest.Server
	mu       sync.Mutex
	requests []string    // "GET /path?query"
	frames   chan string // for the watch there is; closed: it ends
}

func startServer(t *testing.T) *apiServer {
	t.Helper()
	s := &apiServer{frames: make(chan string, 1000)}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *apiServer) serve(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	s.mu.Lock()
	s.requests = append(s.requests, r.Method+" "+r.URL.RequestURI())
	frames := s.frames
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.Header.Get("Accept-Encoding") != "":
		http.Error(w, "the proxy can't read gzip", http.StatusNotAcceptable)
	case r.URL.Query().Get("watch") != "":
		s.watch(w, r, frames)
	case r.Method == http.MethodGet && r.URL.Path == pods:
		io.WriteString(w, listText)
	default:
		fmt.Fprintf(w, `{"metadata":{"name":"a","token":%q}}`, r.Header.Get("Authorization"))
	}
}

func (s *apiServer) watch(w http.ResponseWriter, r *http.Request, frames chan string) {
	w.(http.Flusher).Flush()
	for {
		select {
		case text, more := <-frames:
			if !more {
				return
			}
			if text == breakOff {
				panic(http.ErrAbortHandler)
			}
			io.WriteString(w, text)
			w.(http.Flusher).Flush()
		case <-r.Context().Done():
			return
		}
	}
}

func (s *apiServer) seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.requests...)
}

// event is a frame of the server.
func event(kind, name string, revision int) string {
	return fmt.Sprintf(`{"type":%q,"object":{"metadata":{"name":%q,"resourceVersion":"%d"}}}`+"\n", kind, name, revision)
}

// bench is a proxy before such a server, and a client.
type bench struct {
	*testing.T
	server *apiServer
	proxy  *Proxy
	client *http.Client
	mu     sync.Mutex
	kills  int
	terms  int
}

func setUp(t *testing.T) *bench {
	t.Helper()
	server := startServer(t)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	p, err := Start(Options{Server: server.URL, CA: ca, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	b := &bench{T: t, server: server, proxy: p, client: clientOf(p.Endpoint().CA, 0)}
	t.Cleanup(b.client.CloseIdleConnections)
	return b
}

// clientOf trusts the CA and speaks at most that version of TLS; 0 = any.
func clientOf(ca []byte, newest uint16) *http.Client {
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(ca)
	return &http.Client{Timeout: soon, Transport: &http.Transport{
		DisableCompression: true,
		TLSClientConfig:    &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS10, MaxVersion: newest},
	}}
}

// arm arms a plan in its text form.
func (b *bench) arm(plan string) {
	b.Helper()
	faults, err := ParsePlan(plan)
	if err != nil {
		b.Fatal(err)
	}
	count := func(n *int) func() {
		return func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			*n++
		}
	}
	if err := b.proxy.Arm(faults, Hooks{Kill: count(&b.kills), Term: count(&b.terms)}); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) hookCalls() (kills, terms int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.kills, b.terms
}

// outcome is what a client gets.
type outcome struct {
	code   int
	header http.Header
	body   string // as much as came
	err    error
}

func (b *bench) do(method, path string) outcome {
	b.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), soon)
	defer cancel()
	return b.doWithin(ctx, method, path)
}

func (b *bench) doWithin(ctx context.Context, method, path string) outcome {
	b.Helper()
	var body io.Reader
	if method != http.MethodGet {
		body = strings.NewReader(`{"spec":{}}`)
	}
	req, err := http.NewRequestWithContext(ctx, method, b.proxy.Endpoint().Server+path, body)
	if err != nil {
		b.Fatal(err)
	}
	req.GetBody = nil // nothing is sent twice
	req.Header.Set("Authorization", "Bearer secret")
	req.Header.Set("Accept-Encoding", "gzip")
	resp, err := b.client.Do(req)
	if err != nil {
		return outcome{err: err}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return outcome{resp.StatusCode, resp.Header, string(text), err}
}

// wantFired wants all faults of a plan to have acted, or none.
func (b *bench) wantFired(want bool) {
	b.Helper()
	fired := len(b.proxy.Fired())
	if all := len(b.proxy.plan.Load().rules); want && fired != all || !want && fired != 0 {
		b.Errorf("%d of %d faults fired", fired, all)
	}
}

// await looks until check is true.
func (b *bench) await(what string, check func() bool) {
	b.Helper()
	for began := time.Now(); !check(); time.Sleep(time.Millisecond) {
		if time.Since(began) > soon {
			b.Fatalf("%s: not within %s", what, soon)
		}
	}
}

// watcher is a client's watch.
type watcher struct {
	*bench
	resp  *http.Response
	lines chan string // closed at the end
	err   error       // of the end; valid then
}

func (b *bench) watch(query string) *watcher {
	b.Helper()
	req, err := http.NewRequest(http.MethodGet, b.proxy.Endpoint().Server+pods+"?watch=true"+query, nil)
	if err != nil {
		b.Fatal(err)
	}
	client := *b.client
	client.Timeout = 0
	resp, err := client.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	w := &watcher{bench: b, resp: resp, lines: make(chan string, 10000)}
	b.Cleanup(func() { resp.Body.Close() })
	go w.read()
	return w
}

func (w *watcher) read() {
	defer close(w.lines)
	in := bufio.NewReader(w.resp.Body)
	for {
		line, err := in.ReadString('\n')
		if line != "" {
			w.lines <- line
		}
		if err != nil {
			w.err = err
			return
		}
	}
}

// next wants that line, or part of a line, next.
func (w *watcher) next(want string) {
	w.Helper()
	select {
	case line, more := <-w.lines:
		if !more {
			w.Fatalf("the watch ended (%v), want %s", w.err, want)
		}
		if line != want {
			w.Fatalf("got  %s\nwant %s", brief(line), brief(want))
		}
	case <-time.After(soon):
		w.Fatalf("nothing came, want %s", want)
	}
}

// ended wants the end: a proper one, or not.
func (w *watcher) ended(properly bool) {
	w.Helper()
	select {
	case line, more := <-w.lines:
		if more {
			w.Fatalf("got %s, want the end", brief(line))
		}
		if (w.err == io.EOF) != properly {
			w.Errorf("the end was %v", w.err)
		}
	case <-time.After(soon):
		w.Fatal("no end came")
	}
}

func brief(text string) string {
	if len(text) > 200 {
		return fmt.Sprintf("%s… (%d bytes)", text[:200], len(text))
	}
	return text
}
