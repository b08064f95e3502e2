package proxy

import (
	"fmt"
	"strings"
	"time"
)

// Scope says what a fault happens to: requests by their verb, watch events,
// connections or TLS handshakes.
type Scope string

// The scopes.
const (
	All    Scope = "all"
	Write  Scope = "write"
	Read   Scope = "read"
	Get    Scope = "get"
	List   Scope = "list"
	Watch  Scope = "watch"
	Create Scope = "create"
	Update Scope = "update"
	Patch  Scope = "patch"
	Delete Scope = "delete"
	Event  Scope = "event"
	Conn   Scope = "conn"
	TLS    Scope = "tls"
)

var scopes = []struct {
	name Scope
	help string
}{
	{All, "every request"},
	{Write, "create, update, patch and delete; of Events and Leases only if the fault names that resource"},
	{Read, "get and list"},
	{Get, "of one object"},
	{List, "of a collection"},
	{Watch, "the request that begins one, or the whole of it"},
	{Create, "POST"},
	{Update, "PUT"},
	{Patch, "PATCH"},
	{Delete, "DELETE, of a collection too"},
	{Event, "of a watch; bookmarks don't count"},
	{Conn, "a connection, from its accept on"},
	{TLS, "a handshake"},
}

func isScope(name Scope) bool {
	for _, s := range scopes {
		if s.name == name {
			return true
		}
	}
	return false
}

// Unending as a Fault's Last: from First on.
const Unending = -1

// Fault is where and what. Its text form is
//
//	SCOPE[=[RESOURCE/]N[..[M]]|=RESOURCE]:ACT[=ARGUMENT][%PERCENT][,for=DURATION][,retry-after=SECONDS][,warm]
//
// as in write=3:kill-after, event=pods/2..4:drop or all:status=503%50,for=5s.
// Two faults are the same when they are ==.
type Fault struct {
	Scope    Scope
	Resource string // as RBAC names it: "pods", "longlivedcanaries/status"; "" = any
	First    int    // counted from 1, since Arm; 0 = each one
	Last     int    // inclusive, or Unending
	Act      string // a name in the table of acts
	Arg      string // of the act
	Percent  int    // how often it acts when it could, 1–99; 0 = always

	For        time.Duration // it ends so long after it first acted; 0 = never
	RetryAfter int           // seconds, of a status; 0 = no such header
	Warm       bool          // only requests on a connection that has served others before
}

// String is the text form.
func (f Fault) String() string {
	var b strings.Builder
	scope := string(f.Scope)
	if f.Scope == Event && f.First == 0 && f.Resource == "" {
		scope = "events"
	}
	b.WriteString(scope)
	b.WriteString(f.place())
	b.WriteString(":" + f.Act)
	if f.Arg != "" {
		b.WriteString("=" + f.Arg)
	}
	if f.Percent != 0 {
		fmt.Fprintf(&b, "%%%d", f.Percent)
	}
	if f.For != 0 {
		b.WriteString(",for=" + formatDuration(f.For))
	}
	if f.RetryAfter != 0 {
		fmt.Fprintf(&b, ",retry-after=%d", f.RetryAfter)
	}
	if f.Warm {
		b.WriteString(",warm")
	}
	return b.String()
}

func (f Fault) place() string {
	var number string
	switch {
	case f.First == 0:
	case f.Last == f.First:
		number = fmt.Sprint(f.First)
	case f.Last == Unending:
		number = fmt.Sprintf("%d..", f.First)
	default:
		number = fmt.Sprintf("%d..%d", f.First, f.Last)
	}
	switch {
	case f.Resource == "" && number == "":
		return ""
	case f.Resource == "":
		return "=" + number
	case number == "":
		return "=" + f.Resource
	}
	return "=" + f.Resource + "/" + number
}

// formatDuration writes 5m0s as 5m.
func formatDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// Format is the text form of a plan: its faults, joined by "+".
func Format(plan []Fault) string {
	texts := make([]string, len(plan))
	for i, f := range plan {
		texts[i] = f.String()
	}
	return strings.Join(texts, "+")
}
