package proxy

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An act is what a fault does. The table below is all there is: Parse takes
// no other, and `--list-faults` prints it.
type act struct {
	name    string
	on      targets
	arg     argument
	example string
	help    string

	// Several faults may meet in one request or event: those that go along with
	// others all act, of the rest the first one in the plan.
	along bool
}

// targets are what an act can happen to.
type targets uint

const (
	requests  targets = 1 << iota // but watches; where() has the same order
	watches                       // as a request, or for as long as the watch lives
	lists                         // lists only
	events                        // of watches
	conns                         // connections
	handshake                     // of TLS
)

// argument is how an act's argument reads.
type argument struct {
	what    string // for the list of faults; "" = none
	missing string // what it is if it is left out; "" = it must not be
	check   func(text string) error
}

var (
	noArgument = argument{check: func(text string) error {
		if text != "" {
			return fmt.Errorf("takes no argument")
		}
		return nil
	}}
	duration = argument{"DURATION", "", func(text string) error {
		_, err := parseDuration(text)
		return err
	}}
	rate = argument{"NB/s", "", func(text string) error {
		_, err := parseRate(text)
		return err
	}}
	count      = number("N", 1, 1e9)
	offset     = number("BYTE", 0, 1e9)
	statusCode = number("CODE", 400, 599)
	difference = number("N", -1e6, 1e6).but("0").or("7")
	rot        = words(rotNames()...)
	neverEnds  = words("string", "spaces", "items").or("string")
)

var acts = []act{
	{"kill-before", requests | watches | events, noArgument, "write=3:kill-before",
		"Hooks.Kill; a request is not forwarded, an event not sent", false},
	{"kill-after", requests | watches | events, noArgument, "write=3:kill-after",
		"Hooks.Kill once the server has answered, before a byte goes back; once an event was sent", false},
	{"term", requests | watches | events, noArgument, "write=2:term",
		"Hooks.Term, then everything as usual", true},
	{"lose", requests | watches, noArgument, "write=3:lose",
		"the server has answered (a write is committed); RST instead of the answer", false},
	{"drop", requests | watches | events, noArgument, "event=pods/5:drop",
		"a request is not forwarded, RST; an event is left out", false},
	{"delay", requests | watches | events | conns, duration, "event=rollouts/2:delay=5s",
		"later; a request is then forwarded even if its client is gone, events stay in order", true},
	{"late", requests | watches, duration, "write=1:late=2s",
		"the answer waits in the proxy for so long", true},
	{"hold", requests | watches, noArgument, "create=pods/1:hold",
		"the request waits for Thaw or Disarm, and is then forwarded even if its client is gone", false},
	{"hang", requests | watches, noArgument, "write=1:hang",
		"not forwarded, never answered", false},
	{"half-open", requests | watches | events | conns, noArgument, "watch=pods/1:half-open",
		"forwarded, but nothing more is heard, not even FIN: no answer; after its head, or so far, no event", false},
	{"deaf", requests | watches | conns, noArgument, "conn=2:deaf",
		"as hang, and nothing more is read either: what the client sends piles up", false},
	{"status", requests | watches, statusCode, "write=1:status=429,retry-after=2",
		"not forwarded; answered with that code and a Status", false},
	{"status-after", requests, statusCode, "write=1:status-after=504",
		"forwarded (a write is committed); answered with that code and a Status", false},
	{"truncate", requests | watches | events, offset, "list=pods/1:truncate=817",
		"FIN after so many bytes of the body (Content-Length tells the whole), of the stream, of the event", false},
	{"cut", requests | events, offset, "event=pods/3:cut=40",
		"as truncate, but to HTTP this is the proper end of the body", false},
	{"wrong-length", requests, difference, "read=1:wrong-length=-7",
		"Content-Length is off by N; the connection stays open", false},
	{"garbage", requests | watches | events, rot, "read=1:garbage=deep9000",
		"the answer or event is spoiled, see below; a watch is not forwarded and answered with it", false},
	{"chunk", requests | watches, count, "all:chunk=1",
		"the body goes out in pieces of N bytes, each an HTTP chunk and a TLS record", true},
	{"slow", requests | watches, rate, "read=1:slow=1B/s",
		"the body goes out that slowly", true},
	{"endless", requests | events, neverEnds, "read=1:endless=items",
		"the body or event begins well and never ends: within a string, between values, item after item", false},
	{"bomb", requests | watches, noArgument, "read=1:bomb",
		"the body is 1 GiB, gzipped to 1 MiB", false},
	{"reset-handshake", conns, noArgument, "conn=2:reset-handshake",
		"RST in answer to the ClientHello", false},
	{"reset-headers", requests | watches | conns, noArgument, "conn=2:reset-headers",
		"forwarded; RST in the middle of the answer's head (of the connection's first request)", false},
	{"reset-body", requests | events | conns, noArgument, "event=pods/3:reset-body",
		"forwarded; RST in the middle of the body, of the event", false},
	{"fin", requests | events | conns, noArgument, "event=pods/3:fin",
		"forwarded; FIN in the middle of the body, of the event", false},
	{"stale", lists, count, "list:stale=40",
		"lists as of N revisions of etcd ago; the watches from there see nothing newer until Thaw or `for`", false},
	{"rewind", lists, count, "list:rewind=5",
		"as stale, as before the last N revisions that the proxy has seen in events", false},
	{"backwards", lists, count.or("100"), "list=pods/2..:backwards",
		"the list's resourceVersion (not its items') is N less than it is", false},
	{"close", watches, duration, "watch:close=1s",
		"watches end properly after so long", true},
	{"no-bookmarks", watches, noArgument, "watch:no-bookmarks",
		"no BOOKMARK arrives", true},
	{"only-bookmarks", watches, noArgument, "watch:only-bookmarks",
		"nothing but BOOKMARKs arrives", true},
	{"gone", events, noArgument, "event=pods/2:gone",
		"ERROR 410 instead of the event, and the end of the watch", false},
	{"end", events, noArgument, "event=pods/2:end",
		"the watch ends properly after the event", false},
	{"duplicate", events, noArgument, "event=pods/5:duplicate",
		"sent twice", false},
	{"replay", events, number("N", 1, replayMost), "events:replay=100",
		"after it, the N events before it are sent again", false},
	{"reorder", events, noArgument, "events:reorder",
		"sent after the next event, if that comes soon and is of another object", false},
	{"expired", handshake, noArgument, "tls:expired", "the certificate has expired", false},
	{"wrong-ca", handshake, noArgument, "tls:wrong-ca", "the certificate is of a CA that nobody trusts", false},
	{"wrong-san", handshake, noArgument, "tls:wrong-san", "the certificate is for another host", false},
	{"rotated", handshake, noArgument, "tls:rotated,for=10s", "the certificate is of NextCA", false},
	{"tls1.0", handshake, noArgument, "tls:tls1.0", "nothing newer than TLS 1.0 is spoken", false},
	{"tls1.1", handshake, noArgument, "tls:tls1.1", "nothing newer than TLS 1.1 is spoken", false},
}

func findAct(name string) *act {
	for i := range acts {
		if acts[i].name == name {
			return &acts[i]
		}
	}
	return nil
}

func (a *act) check(arg string) error {
	if arg == "" && a.arg.missing != "" {
		return nil
	}
	return a.arg.check(arg)
}

// but is the same argument, except for one value.
func (a argument) but(not string) argument {
	check := a.check
	a.check = func(text string) error {
		if text == not {
			return fmt.Errorf("%s changes nothing", text)
		}
		return check(text)
	}
	return a
}

// or is the same argument, optional.
func (a argument) or(missing string) argument {
	a.missing = missing
	return a
}

// fits says whether it can happen to anything in that scope.
func (a *act) fits(s Scope) bool {
	switch s {
	case All:
		return a.on&(requests|watches) != 0
	case Watch:
		return a.on&watches != 0
	case List:
		return a.on&(requests|lists) != 0
	case Event:
		return a.on&events != 0
	case Conn:
		return a.on&conns != 0
	case TLS:
		return a.on&handshake != 0
	}
	return a.on&requests != 0
}

func number(what string, least, most int64) argument {
	return argument{what, "", func(text string) error {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < least || n > most || strconv.FormatInt(n, 10) != text {
			return fmt.Errorf("want a number from %d to %d, not %q", least, most, text)
		}
		return nil
	}}
}

func words(of ...string) argument {
	what := strings.Join(of, "|")
	return argument{what, "", func(text string) error {
		if !slices.Contains(of, text) {
			return fmt.Errorf("want one of %s, not %q", what, text)
		}
		return nil
	}}
}

// parseRate reads "1B/s": bytes a second.
func parseRate(text string) (int, error) {
	digits, found := strings.CutSuffix(text, "B/s")
	n, err := positive(digits)
	if !found || err != nil {
		return 0, fmt.Errorf("no rate such as 1B/s: %q", text)
	}
	return n, nil
}

// argument is what was given, or what that means.
func (f Fault) argument() string {
	if f.Arg == "" {
		return findAct(f.Act).arg.missing
	}
	return f.Arg
}

// length and number read an argument that was checked.
func (f Fault) length() time.Duration {
	d, _ := parseDuration(f.argument())
	return d
}

func (f Fault) number() int {
	n, _ := strconv.Atoi(f.argument())
	return n
}

// Check says why f is not a fault; nil for what Parse returned.
func (f Fault) Check() error {
	parsed, err := Parse(f.String())
	if err == nil && parsed != f {
		err = fmt.Errorf("fault %q: its members disagree", f)
	}
	return err
}

// WriteHelp lists the faults.
func WriteHelp(w io.Writer) {
	fmt.Fprintln(w, "A fault is SCOPE[=[RESOURCE/]NUMBERS|=RESOURCE]:ACT[=ARGUMENT][%PERCENT][,OPTION…], a plan")
	fmt.Fprintln(w, "is faults joined by \"+\". NUMBERS are N, N..M or N.., counted from 1 since the plan was armed.")
	fmt.Fprintln(w, "Options: for=DURATION (since it first acted), retry-after=SECONDS (of a status), warm (only")
	fmt.Fprintln(w, "requests on a connection that has served others before).")
	fmt.Fprintln(w, "\nScopes:")
	for _, s := range scopes {
		fmt.Fprintf(w, "    %-7s %s\n", s.name, s.help)
	}
	fmt.Fprintln(w, "\nActs, and on what; \"requests\" are those but watches:")
	for _, a := range acts {
		name := a.name
		switch {
		case a.arg.missing != "":
			name += "[=" + a.arg.what + "]"
		case a.arg.what != "":
			name += "=" + a.arg.what
		}
		fmt.Fprintf(w, "%s\n    on %s, as in %s\n    %s\n", name, a.where(), a.example, a.help)
	}
	fmt.Fprintln(w, "\nGarbage:")
	for _, r := range rots {
		fmt.Fprintf(w, "    %-11s %s\n", r.name, r.help)
	}
}

// where names what it can happen to.
func (a *act) where() string {
	var names []string
	for i, name := range []string{"requests", "watches", "lists", "events", "connections", "handshakes"} {
		if a.on&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}
