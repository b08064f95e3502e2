package observer

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"llc.test/e2e/harness"
)

// Request of the controller, as the proxy or the audit log has it.
type Request struct {
	Method, Path, Query string
	Body                []byte // nil = not known
	Code                int    // that the API server answered; 0 = it was never asked
	Time                time.Time
}

// Delivery is a watch event that reached the controller, or an object in a
// list that did.
type Delivery struct {
	Kind     Kind
	Name     string
	Revision uint64
	Time     time.Time
}

// Log is what the controller said and was told.
type Log struct {
	Requests   []Request
	Deliveries []Delivery
}

func (l Log) since(begin time.Time) Log {
	l.Requests = slices.DeleteFunc(slices.Clone(l.Requests), func(r Request) bool { return r.Time.Before(begin) })
	return l
}

// delivered says whether, and when, the controller was first told of an
// object as it was at that revision or later.
func (l Log) delivered(object *Object, revision uint64) (told bool, at time.Time) {
	for _, d := range l.Deliveries {
		if d.Kind == object.Kind && d.Name == object.Name && d.Revision >= revision && (!told || d.Time.Before(at)) {
			told, at = true, d.Time
		}
	}
	return told, at
}

// FromAudit makes requests of what the API server's audit log has of the
// controller. Bodies are not in it.
func FromAudit(events []harness.AuditEvent) []Request {
	var requests []Request
	for _, e := range events {
		path, query, _ := strings.Cut(e.RequestURI, "?")
		requests = append(requests, Request{
			Method: methods[e.Verb], Path: path, Query: query, Code: e.ResponseStatus.Code, Time: e.Received,
		})
	}
	return requests
}

var methods = map[string]string{
	"get": http.MethodGet, "list": http.MethodGet, "watch": http.MethodGet, "create": http.MethodPost,
	"patch": http.MethodPatch, "update": http.MethodPut, "delete": http.MethodDelete, "deletecollection": http.MethodDelete,
}

// target is what a request's path names.
type target struct{ group, namespace, resource, name, subresource string }

// target of /api/v1/… or /apis/GROUP/VERSION/…, with or without a namespace.
func (r *Request) target() target {
	var t target
	parts := strings.Split(strings.Trim(r.Path, "/"), "/")
	skip := 2
	if parts[0] == "apis" && len(parts) > 1 {
		t.group, skip = parts[1], 3
	}
	parts = parts[min(skip, len(parts)):]
	if len(parts) > 2 && parts[0] == "namespaces" {
		t.namespace, parts = parts[1], parts[2:]
	}
	for i, to := range []*string{&t.resource, &t.name, &t.subresource} {
		if i < len(parts) {
			*to = parts[i]
		}
	}
	return t
}

// isWrite says whether the request could change something.
func (r *Request) isWrite() bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead
}

// committed says whether it did.
func (r *Request) committed() bool { return r.isWrite() && r.Code >= 200 && r.Code < 300 }

// isList says whether it reads all objects of a kind.
func (r *Request) isList() bool {
	return r.Method == http.MethodGet && r.target().name == "" && !strings.Contains(r.Query, "watch=")
}
