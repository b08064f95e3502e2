package proxy

import (
	"sync"
	"time"
)

// Exchange is a request and what became of it.
type Exchange struct {
	N int // counted from 1 since Arm
	W int // the same among writes; 0 = no write, or one of Events or Leases
	R int // the same among gets and lists; 0 = neither

	Method, Path, Query string
	Body                []byte // of the request, at most keptBody
	Verb                Scope  // Get, List, Watch, Create, Update, Patch or Delete
	Resource            string // with its subresource
	Namespace, Name     string
	Connection          int // counted from 1 since Start

	Arrived   time.Time
	Forwarded time.Time // zero: never
	Answered  time.Time // by the server; zero: not yet
	Code      int       // by the server; 0: none
	Told      []Object  // what its answer says of which objects, if all of it was sent
	ToldAt    time.Time // when that was
	Verdict   string    // the faults that acted on it, joined by "+", or why the server gave no answer
}

// WatchEvent is an event as the server sent it, and what became of it.
type WatchEvent struct {
	Number          int // since Arm, among those of its resource
	Resource        string
	Type            string // ADDED, MODIFIED, DELETED or ERROR
	Namespace, Name string
	ResourceVersion string
	Seen            time.Time
	Sent            time.Time // whole, for the first time; zero: never
	Verdict         string    // the faults that acted on it
}

// Object is what an answer says of one: that it is so at that revision.
type Object struct {
	Namespace, Name string
	ResourceVersion string
}

// Bounds of what is kept.
const (
	keptBody    = 64 << 10
	keptEntries = 1 << 17 // requests, and as many events
)

// log is what the proxy has seen since Arm.
type log struct {
	mu        sync.Mutex
	exchanges []*Exchange
	events    []*WatchEvent
	n, w, r   int
	byKind    map[string]int // events by resource
	lost      int            // of both
}

func newLog() *log { return &log{byKind: map[string]int{}} }

// request numbers an exchange. What is in it is the log's from now on.
func (l *log) request(x *Exchange, q request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n++
	x.N = l.n
	switch {
	case q.isIn(Write, ""):
		l.w++
		x.W = l.w
	case q.isIn(Read, ""):
		l.r++
		x.R = l.r
	}
	if len(l.exchanges) == keptEntries {
		l.lost++
		return
	}
	l.exchanges = append(l.exchanges, x)
}

func (l *log) event(e *WatchEvent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.byKind[e.Resource]++
	e.Number = l.byKind[e.Resource]
	if len(l.events) == keptEntries {
		l.lost++
		return
	}
	l.events = append(l.events, e)
}

// update changes an entry of it.
func (l *log) update(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
}

// verdict adds the text of a fault to those in an entry.
func verdict(to *string, f string) {
	if *to != "" {
		*to += "+"
	}
	*to += f
}

func (l *log) copyExchanges() []Exchange {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]Exchange, len(l.exchanges))
	for i, x := range l.exchanges {
		all[i] = *x
	}
	return all
}

func (l *log) copyEvents() []WatchEvent {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]WatchEvent, len(l.events))
	for i, e := range l.events {
		all[i] = *e
	}
	return all
}

func (l *log) countLost() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lost
}
