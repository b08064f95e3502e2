package proxy

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func isReset(o outcome) bool { return errors.Is(o.err, syscall.ECONNRESET) }

func isFIN(o outcome) bool { return errors.Is(o.err, io.ErrUnexpectedEOF) || errors.Is(o.err, io.EOF) }

func TestPassesOnWhatIsNotFaulty(t *testing.T) {
	b := setUp(t)
	if got := b.do("GET", pods); got.body != listText || got.err != nil {
		t.Errorf("got %+v", got)
	}
	got := b.do("PATCH", pod+"?dryRun=All")
	if got.body != `{"metadata":{"name":"a","token":"Bearer secret"}}` || got.code != 200 {
		t.Errorf("got %+v", got)
	}
	if seen := b.server.seen(); len(seen) != 2 || seen[1] != "PATCH "+pod+"?dryRun=All" {
		t.Errorf("the server saw %s", seen)
	}
	all := b.proxy.Exchanges()
	if len(all) != 2 || all[0].R != 1 || all[0].W != 0 || all[1].N != 2 || all[1].W != 1 || all[1].R != 0 ||
		string(all[1].Body) != `{"spec":{}}` || all[1].Code != 200 || all[1].Query != "dryRun=All" ||
		len(all[0].Told) != 1 || all[0].Told[0] != (Object{"", "a", "7"}) || all[1].Told[0].Name != "a" || all[1].ToldAt.IsZero() ||
		all[1].Verb != Patch || all[1].Name != "a" || all[1].Answered.Before(all[1].Forwarded) || all[1].Verdict != "" {
		t.Errorf("the log is %+v", all)
	}
}

// TestRequestFaults: one request each; what the client gets, and whether the
// server saw it.
func TestRequestFaults(t *testing.T) {
	for _, c := range []struct {
		plan, method, path string
		forwarded          bool
		check              func(b *bench, got outcome) bool
	}{
		{"write=1:kill-before", "PATCH", pod, false, func(b *bench, got outcome) bool {
			kills, _ := b.hookCalls()
			return isReset(got) && kills == 1
		}},
		{"write=1:kill-after", "PATCH", pod, true, func(b *bench, got outcome) bool {
			kills, _ := b.hookCalls()
			return isReset(got) && kills == 1
		}},
		{"write=1:term", "PATCH", pod, true, func(b *bench, got outcome) bool {
			_, terms := b.hookCalls()
			return got.code == 200 && terms == 1
		}},
		{"write=1:lose", "PATCH", pod, true, func(b *bench, got outcome) bool { return isReset(got) }},
		{"write=1:drop", "PATCH", pod, false, func(b *bench, got outcome) bool { return isReset(got) }},
		{"write=1:status=429,retry-after=2", "PATCH", pod, false, func(b *bench, got outcome) bool {
			return got.code == 429 && got.header.Get("Retry-After") == "2" &&
				strings.Contains(got.body, `"reason":"TooManyRequests"`) && json.Valid([]byte(got.body))
		}},
		{"create=pods/1:status=409", "POST", pods, false, func(b *bench, got outcome) bool {
			return got.code == 409 && strings.Contains(got.body, `"reason":"AlreadyExists"`)
		}},
		{"write=1:status-after=504", "PATCH", pod, true, func(b *bench, got outcome) bool {
			return got.code == 504 && strings.Contains(got.body, `"reason":"Timeout"`)
		}},
		{"list=pods/1:truncate=17", "GET", pods, true, func(b *bench, got outcome) bool {
			return isFIN(got) && got.body == listText[:17] && got.header.Get("Content-Length") == strconv.Itoa(len(listText))
		}},
		{"read=1:truncate=0", "GET", pods, true, func(b *bench, got outcome) bool {
			return isFIN(got) && got.body == "" && got.code == 200
		}},
		{"read=1:cut=17", "GET", pods, true, func(b *bench, got outcome) bool {
			return got.err == nil && got.body == listText[:17] && got.header.Get("Content-Length") == "17"
		}},
		{"read=1:fin", "GET", pods, true, func(b *bench, got outcome) bool {
			return isFIN(got) && got.body == listText[:len(listText)/2]
		}},
		{"read=1:reset-body", "GET", pods, true, func(b *bench, got outcome) bool {
			return isReset(got) && got.code == 200 && strings.HasPrefix(listText, got.body)
		}},
		{"read=1:reset-headers", "GET", pods, true, func(b *bench, got outcome) bool {
			return got.code == 0 && got.err != nil
		}},
		{"read=1:wrong-length=-7", "GET", pods, true, func(b *bench, got outcome) bool {
			return got.body == listText[:len(listText)-7]
		}},
		{"read=1:chunk=1", "GET", pods, true, func(b *bench, got outcome) bool {
			return got.body == listText && got.header.Get("Content-Length") == ""
		}},
		{"list=pods/1:backwards=100", "GET", pods, true, func(b *bench, got outcome) bool {
			return got.body == strings.Replace(listText, `"1000"`, `"900"`, 1)
		}},
		{"read=1:garbage=login-page", "GET", pods, true, func(b *bench, got outcome) bool {
			return got.code == 200 && got.body == loginPage && got.header.Get("Content-Type") == "text/html"
		}},
		{"conn=1:reset-handshake", "GET", pods, false, func(b *bench, got outcome) bool { return isReset(got) }},
		{"conn=1:reset-headers", "GET", pods, true, func(b *bench, got outcome) bool {
			return got.code == 0 && got.err != nil
		}},
		{"conn=1:reset-body", "GET", pods, true, func(b *bench, got outcome) bool { return isReset(got) && got.code == 200 }},
		{"conn=1:fin", "GET", pods, true, func(b *bench, got outcome) bool { return isFIN(got) && got.code == 200 }},
	} {
		t.Run(c.plan, func(t *testing.T) {
			b := setUp(t)
			b.arm(c.plan)
			if got := b.do(c.method, c.path); !c.check(b, got) {
				t.Errorf("the client got %d %v %q, %v", got.code, got.header, brief(got.body), got.err)
			}
			if forwarded := len(b.server.seen()) > 0; forwarded != c.forwarded {
				t.Errorf("forwarded: %v, want %v", forwarded, c.forwarded)
			}
			b.wantFired(true)
			if all := b.proxy.Exchanges(); !strings.HasPrefix(c.plan, "conn=1:reset-handshake") &&
				(len(all) != 1 || all[0].Verdict != c.plan || all[0].Forwarded.IsZero() == c.forwarded) {
				t.Errorf("the log is %+v", all)
			}
			if again := b.do(c.method, c.path); again.code != 200 || again.err != nil {
				t.Errorf("the next request: %d, %v", again.code, again.err)
			}
		})
	}
}

// TestMuteFaults: no answer comes for as long as the client waits.
func TestMuteFaults(t *testing.T) {
	for plan, forwarded := range map[string]int{
		"write=1:hang": 0, "write=1:deaf": 0, "write=1:half-open": 1, "conn=1:deaf": 0, "conn=1:half-open": 0,
		"write=1:hold": 0,
	} {
		t.Run(plan, func(t *testing.T) {
			b := setUp(t)
			b.arm(plan)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			go func() {
				b.await("the fault to act", func() bool { return len(b.proxy.Fired()) > 0 && len(b.server.seen()) == forwarded })
				cancel()
			}()
			if got := b.doWithin(ctx, "PATCH", pod); !errors.Is(got.err, context.Canceled) {
				t.Errorf("got %+v", got)
			}
			if got := b.do("GET", pod); got.code != 200 {
				t.Errorf("another connection: %+v", got)
			}
		})
	}
}

// TestHeldRequestArrivesWithoutItsClient is what a network can do.
func TestHeldRequestArrivesWithoutItsClient(t *testing.T) {
	for plan, release := range map[string]func(*Proxy){"patch=1:hold": (*Proxy).Thaw, "patch=1:delay=1h": (*Proxy).Disarm} {
		b := setUp(t)
		b.arm(plan)
		ctx, cancel := context.WithCancel(context.Background())
		go func() {
			b.await("the fault to act", func() bool { return len(b.proxy.Fired()) > 0 })
			cancel()
		}()
		if got := b.doWithin(ctx, "PATCH", pod); !errors.Is(got.err, context.Canceled) {
			t.Errorf("got %+v", got)
		}
		if seen := b.server.seen(); len(seen) != 0 {
			t.Errorf("%s: the server saw %s", plan, seen)
		}
		release(b.proxy)
		b.await("the server to see it", func() bool { return len(b.server.seen()) == 1 })
		b.await("its answer to be written down", func() bool { return b.proxy.Exchanges()[0].Code == 200 })
	}
}

func TestDelayAndLate(t *testing.T) {
	b := setUp(t)
	b.arm("patch=1:delay=30ms+patch=1:late=30ms")
	began := time.Now()
	if got := b.do("PATCH", pod); got.code != 200 || time.Since(began) < 60*time.Millisecond {
		t.Errorf("after %s: %+v", time.Since(began), got)
	}
	x := b.proxy.Exchanges()[0]
	if x.Forwarded.Sub(x.Arrived) < 30*time.Millisecond || x.Verdict != "patch=1:delay=30ms+patch=1:late=30ms" {
		t.Errorf("the log is %+v", x)
	}
	b.wantFired(true)
}

func TestSlow(t *testing.T) {
	b := setUp(t)
	b.arm("read=1:slow=1000B/s") // in pieces of 50 bytes, with 50 ms between them
	began := time.Now()
	got := b.do("GET", pods)
	least := time.Duration(len(listText)/50) * 50 * time.Millisecond
	if took := time.Since(began); got.body != listText || took < least {
		t.Errorf("%s for %d bytes: %v", took, len(listText), got.err)
	}
}

// TestBodiesWithoutEnd: the client has to give up.
func TestBodiesWithoutEnd(t *testing.T) {
	const enough = 3 << 20
	for plan, want := range map[string]string{
		"read=1:endless":        `"name":"xxxxx`,
		"read=1:endless=spaces": "       ",
		"read=1:endless=items":  `},{"metadata":{"name":"a"}},`,
	} {
		b := setUp(t)
		b.arm(plan)
		resp, err := b.client.Get(b.proxy.Endpoint().Server + pods)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(io.LimitReader(resp.Body, enough))
		if len(text) != enough || err != nil || !strings.HasPrefix(string(text), `{"kind":"List"`) || !strings.Contains(string(text), want) {
			t.Errorf("%s: %d bytes of %q, %v", plan, len(text), brief(string(text)), err)
		}
		resp.Body.Close()
		b.wantFired(true)
	}
}

func TestBomb(t *testing.T) {
	b := setUp(t)
	b.arm("read=1:bomb")
	got := b.do("GET", pods)
	if got.header.Get("Content-Encoding") != "gzip" || len(got.body) > 4<<20 {
		t.Fatalf("%d bytes, %v", len(got.body), got.header)
	}
	z, err := gzip.NewReader(strings.NewReader(got.body))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, z); err != nil || n != 1<<30+11 {
		t.Errorf("unzipped: %d bytes, %v", n, err)
	}
}

// TestLongerThanItIs: the client waits for what is announced.
func TestLongerThanItIs(t *testing.T) {
	b := setUp(t)
	b.arm("read=1:wrong-length")
	resp, err := b.client.Get(b.proxy.Endpoint().Server + pods)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text := make([]byte, len(listText))
	if _, err := io.ReadFull(resp.Body, text); err != nil || string(text) != listText || resp.ContentLength != int64(len(text)+7) {
		t.Errorf("%q of %d bytes, %v", text, resp.ContentLength, err)
	}
}

func TestGarbage(t *testing.T) {
	for _, r := range rots {
		got := spoil(r.name, []byte(listText))
		if bytes.Equal(got, []byte(listText)) {
			t.Errorf("%s: nothing changed", r.name)
		}
		wantValid := map[string]bool{"line1m": true, "deep9000": true, "int": true, "dupkeys": true, "utf8": true}[r.name]
		if json.Valid(got) != wantValid {
			t.Errorf("%s: JSON: %v, want %v", r.name, !wantValid, wantValid)
		}
		spoil(r.name, nil) // an empty body is no trouble
	}
	if got := string(spoil("int", []byte(listText))); !strings.Contains(got, `"generation":18446744073709551617}`) {
		t.Error(got)
	}
	// The metadata of the first item, not the list's.
	if got := string(spoil("dupkeys", []byte(listText))); !strings.Contains(got, `"items":[{"metadata":{"name":"another"`) {
		t.Error(got)
	}
	if got := string(spoil("nul", []byte(`{"metadata":{"a":1},"items":[]}`))); got != "{\"metadata\":{\"spoiled\":\"a\x00b\",\"a\":1},\"items\":[]}" {
		t.Errorf("%q", got)
	}
}

func TestTLS(t *testing.T) {
	for _, c := range []struct {
		act    string
		newest uint16
		want   string
	}{
		{"expired", 0, "expired"},
		{"wrong-ca", 0, "unknown authority"},
		{"wrong-san", 0, "127.0.0.1"},
		{"rotated", 0, "unknown authority"},
		{"tls1.0", 0, ""},
		{"tls1.1", 0, ""},
	} {
		b := setUp(t)
		if got := b.do("GET", pods); got.code != 200 {
			t.Fatal(got.err)
		}
		b.arm("tls:" + c.act) // resets the connection
		got := b.do("GET", pods)
		switch {
		case c.want != "" && (got.err == nil || !strings.Contains(got.err.Error(), c.want)):
			t.Errorf("%s: %v", c.act, got.err)
		case c.want == "" && got.code != 200: // this client takes old versions
			t.Errorf("%s: %v", c.act, got.err)
		}
		if c.want == "" {
			modern := clientOf(b.proxy.Endpoint().CA, 0)
			modern.Transport.(*http.Transport).TLSClientConfig.MinVersion = tls.VersionTLS12
			if _, err := modern.Get(b.proxy.Endpoint().Server + pods); err == nil {
				t.Errorf("%s: a modern client is content", c.act)
			}
		}
		b.wantFired(true)
		b.proxy.Disarm()
		if got := b.do("GET", pods); got.code != 200 {
			t.Errorf("%s: after it: %v", c.act, got.err)
		}
	}
}

func TestRotatedCA(t *testing.T) {
	b := setUp(t)
	b.arm("tls:rotated")
	b.client = clientOf(b.proxy.NextCA(), 0)
	if got := b.do("GET", pods); got.code != 200 {
		t.Error(got.err)
	}
}

// TestServerIsAway: no answer from the server is none for the client.
func TestServerIsAway(t *testing.T) {
	b := setUp(t)
	b.server.Close()
	if got := b.do("PATCH", pod); !isReset(got) {
		t.Errorf("got %+v", got)
	}
	if x := b.proxy.Exchanges()[0]; !strings.HasPrefix(x.Verdict, "(server: ") || x.Code != 0 {
		t.Errorf("the log is %+v", x)
	}
}

func TestCloseEndsWhatWaits(t *testing.T) {
	b := setUp(t)
	b.arm("patch:deaf+get:hang+create:hold+conn=4..:deaf")
	done := make(chan outcome)
	for _, method := range []string{"PATCH", "GET", "POST"} {
		go func() { done <- b.do(method, pod) }()
	}
	b.await("all to wait", func() bool { return len(b.proxy.Fired()) == 3 })
	idle, err := net.Dial("tcp", strings.TrimPrefix(b.proxy.Endpoint().Server, "https://"))
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	b.await("the connection to be accepted", func() bool { return len(b.proxy.Fired()) == 4 })
	b.proxy.Close()
	for range 3 {
		if got := <-done; got.err == nil {
			t.Errorf("got %+v", got)
		}
	}
	if _, err := idle.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is open")
	}
}
