package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/utils/clock"
)

// An answer of the scripted server: an error of the transport, or a status with a body.
type answer struct {
	Error      string `json:"error,omitempty"` // refused, reset, eof, timeout
	Status     int    `json:"status,omitempty"`
	RetryAfter string `json:"retryAfter,omitempty"` // the header
	Body       string `json:"body,omitempty"`
	LivesMs    int64  `json:"livesMs,omitempty"` // from the request to the end of the body
	Cut        bool   `json:"cut,omitempty"`     // the body ends with its connection
	Open       bool   `json:"open,omitempty"`    // it does not end by itself
}

// A request and how long before it nobody asked: at least [0], less than [1] milliseconds, or both the
// same when it is no matter of chance.
type request struct {
	Wait  [2]int64          `json:"wait"`
	Query map[string]string `json:"query"`
}

// A stage runs client-go against a script, in no time: whoever waits is told that the time is over.
type stage struct {
	mutex    sync.Mutex
	now      time.Time
	waited   [2]int64 // since the last request
	backoff  time.Duration
	script   []answer
	requests []request
	end      context.CancelFunc
}

func (s *stage) wait(least, most time.Duration) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.now = s.now.Add(least)
	s.waited[0] += least.Milliseconds()
	s.waited[1] += most.Milliseconds()
}

// As rest.BackoffManagerWithContext: how long a request waits before it is sent again.
func (s *stage) UpdateBackoffWithContext(context.Context, *url.URL, error, int) {}

func (s *stage) CalculateBackoffWithContext(context.Context, *url.URL) time.Duration { return 0 }

func (s *stage) SleepWithContext(_ context.Context, d time.Duration) { s.wait(d, d) }

// As clock.Clock of a Reflector, whose only timers are those of its back-off: 800 ms doubled, and up to
// as much again.
func (s *stage) Now() time.Time {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.now
}

func (s *stage) Since(t time.Time) time.Duration        { return s.Now().Sub(t) }
func (s *stage) After(d time.Duration) <-chan time.Time { return s.NewTimer(d).C() }
func (s *stage) Tick(time.Duration) <-chan time.Time    { panic("a Reflector does not tick") }
func (s *stage) Sleep(time.Duration)                    { panic("a Reflector does not sleep") }

func (s *stage) NewTimer(d time.Duration) clock.Timer {
	timer := &passedTimer{stage: s, c: make(chan time.Time, 1)}
	timer.Reset(d)
	return timer
}

type passedTimer struct {
	stage *stage
	c     chan time.Time
}

func (t *passedTimer) C() <-chan time.Time { return t.c }
func (t *passedTimer) Stop() bool          { return false }

func (t *passedTimer) Reset(d time.Duration) bool {
	least := min(2*t.stage.backoff, backoffMost)
	if least == 0 || d < 2*backoffFirst {
		least = backoffFirst
	}
	if d < least || d >= 2*least {
		panic(fmt.Sprintf("a back-off of %v, not from %v on", d, least))
	}
	t.stage.backoff = least
	t.stage.wait(least, 2*least)
	t.c <- t.stage.Now()
	return false
}

const backoffFirst, backoffMost = 800 * time.Millisecond, 30 * time.Second

// A body that takes its time, in the stage's.
type body struct {
	*bytes.Reader
	stage  *stage
	answer answer
	closed chan struct{}
	once   sync.Once
}

func (b *body) Read(p []byte) (int, error) {
	if n, err := b.Reader.Read(p); err == nil {
		return n, nil
	}
	if b.answer.Open {
		<-b.closed
		return 0, io.EOF
	}
	b.once.Do(func() {
		b.stage.mutex.Lock()
		defer b.stage.mutex.Unlock()
		b.stage.now = b.stage.now.Add(time.Duration(b.answer.LivesMs) * time.Millisecond)
	})
	if b.answer.Cut {
		return 0, io.ErrUnexpectedEOF
	}
	return 0, io.EOF
}

func (b *body) Close() error {
	defer func() { _ = recover() }() // closed twice
	close(b.closed)
	return nil
}

var errorsOfTransport = map[string]error{
	"refused": syscall.ECONNREFUSED,
	"reset":   syscall.ECONNRESET,
	"eof":     io.EOF,
	"timeout": context.DeadlineExceeded,
}

func (s *stage) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	query := map[string]string{}
	for key, values := range r.URL.Query() {
		query[key] = strings.Join(values, " ")
	}
	if seconds, err := strconv.Atoi(query["timeoutSeconds"]); err == nil && seconds >= 300 && seconds <= 600 {
		query["timeoutSeconds"] = "300 to 600"
	}
	s.requests = append(s.requests, request{s.waited, query})
	s.waited = [2]int64{}
	if len(s.requests) > len(s.script) {
		s.end()
		return nil, errors.New("the script is over")
	}
	a := s.script[len(s.requests)-1]
	if a.Error != "" {
		return nil, errorsOfTransport[a.Error]
	}
	header := http.Header{"Content-Type": []string{"application/json"}}
	if a.RetryAfter != "" {
		header.Set("Retry-After", a.RetryAfter)
	}
	return &http.Response{
		StatusCode: a.Status, Header: header, Request: r, ContentLength: -1,
		Body: &body{Reader: bytes.NewReader([]byte(a.Body)), stage: s, answer: a, closed: make(chan struct{})},
	}, nil
}

var thingVersion = schema.GroupVersion{Group: "test.dev", Version: "v1"}

// client sends requests for "things" to the stage.
func (s *stage) client() *rest.RESTClient {
	scheme := runtime.NewScheme()
	scheme.AddKnownTypeWithName(thingVersion.WithKind("Thing"), &metav1.PartialObjectMetadata{})
	scheme.AddKnownTypeWithName(thingVersion.WithKind("ThingList"), &metav1.PartialObjectMetadataList{})
	metav1.AddToGroupVersion(scheme, thingVersion)
	metav1.AddToGroupVersion(scheme, schema.GroupVersion{Version: "v1"})
	client, err := rest.RESTClientFor(&rest.Config{
		Host:    "http://server.test",
		APIPath: "/apis",
		ContentConfig: rest.ContentConfig{
			GroupVersion:         &thingVersion,
			NegotiatedSerializer: serializer.NewCodecFactory(scheme).WithoutConversion(),
		},
		QPS:       -1,
		Transport: s,
	})
	if err != nil {
		panic(err)
	}
	return client
}

// reflect says what a Reflector asks when it is answered so; the last request is not answered.
func reflect(script []answer) []request {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s := &stage{now: time.Unix(1000000, 0), script: script, end: cancel}
	client := s.client()
	ask := func(options metav1.ListOptions) *rest.Request {
		return client.Get().Resource("things").VersionedParams(&options, metav1.ParameterCodec).BackOffWithContext(s)
	}
	lister := &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			return ask(options).Do(ctx).Get()
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			options.Watch = true
			return ask(options).Watch(ctx)
		},
	}
	store := cache.NewStore(cache.MetaNamespaceKeyFunc)
	reflector := cache.NewReflectorWithOptions(lister, &metav1.PartialObjectMetadata{}, store, cache.ReflectorOptions{Name: "vectors", Clock: s})
	reflector.RunWithContext(ctx)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if len(s.requests) != len(script)+1 {
		panic(fmt.Sprintf("%d of %d answers taken: %v", len(s.requests), len(script), s.requests))
	}
	return s.requests
}
