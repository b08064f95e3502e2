package proxy

import (
	"net/http"
	"slices"
	"strings"
)

// request is what a request means to Kubernetes.
type request struct {
	verb        Scope  // Get … Delete; Update for what is none
	resource    string // with its subresource; "" for /version and the like
	namespace   string
	name        string
	revision    string // that it asks for
	isContinued bool   // a later page of a list
}

// requestOf reads the verb and the object from a request's method and URL.
func requestOf(r *http.Request) request {
	var q request
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case len(parts) >= 3 && parts[0] == "api":
		parts = parts[2:]
	case len(parts) >= 4 && parts[0] == "apis":
		parts = parts[3:]
	default:
		parts = nil
	}
	if len(parts) >= 3 && parts[0] == "namespaces" && !slices.Contains([]string{"status", "finalize"}, parts[2]) {
		q.namespace = parts[1]
		parts = parts[2:]
	}
	if len(parts) > 0 {
		q.resource = parts[0]
	}
	if len(parts) > 1 {
		q.name = parts[1]
	}
	if len(parts) > 2 {
		q.resource += "/" + parts[2]
	}
	query := r.URL.Query()
	q.revision, q.isContinued = query.Get("resourceVersion"), query.Has("continue")
	q.verb = verbOf(r.Method, query.Get("watch"), q)
	return q
}

func verbOf(method, watch string, q request) Scope {
	switch method {
	case http.MethodGet, http.MethodHead:
		switch {
		case watch == "true" || watch == "1":
			return Watch
		case q.resource != "" && q.name == "":
			return List
		}
		return Get
	case http.MethodPost:
		return Create
	case http.MethodPatch:
		return Patch
	case http.MethodDelete:
		return Delete
	}
	return Update
}

func (q request) isWrite() bool { return q.verb != Get && q.verb != List && q.verb != Watch }

// isBackground is what comes whenever it likes, and so would make the numbers
// of all other writes depend on the weather.
func (q request) isBackground() bool { return q.resource == "events" || q.resource == "leases" }

// isIn says whether it counts in a scope, for a fault of that resource.
func (q request) isIn(scope Scope, resource string) bool {
	if resource != "" && resource != q.resource {
		return false
	}
	if scope != All && resource == "" && q.isWrite() && q.isBackground() {
		return false
	}
	switch scope {
	case All:
		return true
	case Write:
		return q.isWrite()
	case Read:
		return q.verb == Get || q.verb == List
	}
	return scope == q.verb
}
