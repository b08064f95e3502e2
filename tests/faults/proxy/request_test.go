package proxy

import (
	"net/http"
	"strings"
	"testing"
)

func TestRequestOf(t *testing.T) {
	for text, want := range map[string]request{
		"GET /version":     {verb: Get},
		"GET /api/v1/pods": {verb: List, resource: "pods"},
		"GET /api/v1/namespaces/shop/pods?limit=5&continue=x":           {verb: List, resource: "pods", namespace: "shop", isContinued: true},
		"GET /api/v1/namespaces/shop/pods?watch=true&resourceVersion=7": {verb: Watch, resource: "pods", namespace: "shop", revision: "7"},
		"GET /api/v1/namespaces/shop/pods/a":                            {verb: Get, resource: "pods", namespace: "shop", name: "a"},
		"POST /api/v1/namespaces/shop/pods":                             {verb: Create, resource: "pods", namespace: "shop"},
		"POST /api/v1/namespaces/shop/pods/a/eviction":                  {verb: Create, resource: "pods/eviction", namespace: "shop", name: "a"},
		"DELETE /api/v1/namespaces/shop/pods":                           {verb: Delete, resource: "pods", namespace: "shop"},
		"GET /api/v1/namespaces/shop":                                   {verb: Get, resource: "namespaces", name: "shop"},
		"PUT /api/v1/namespaces/shop/status":                            {verb: Update, resource: "namespaces/status", name: "shop"},
		"PATCH /apis/argo-canary.dev/v1alpha1/namespaces/shop/longlivedcanaries/a/status": {
			verb: Patch, resource: "longlivedcanaries/status", namespace: "shop", name: "a"},
		"GET /apis/argoproj.io/v1alpha1/rollouts?watch=1": {verb: Watch, resource: "rollouts"},
		"GET /apis/argoproj.io/v1alpha1":                  {verb: Get},
	} {
		method, url, _ := strings.Cut(text, " ")
		r, err := http.NewRequest(method, "https://127.0.0.1"+url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := requestOf(r); got != want {
			t.Errorf("%s: got %+v, want %+v", text, got, want)
		}
	}
}
