package e2e

import (
	"fmt"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// TestExplain: the reference that users have is complete.
func TestExplain(t *testing.T) {
	s := shared(t)
	crd, err := s.Dynamic.Resource(schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}).
		Get(s.ctx, "longlivedcanaries.argo-canary.dev", metav1.GetOptions{})
	s.must(err)
	versions, _, err := unstructured.NestedSlice(crd.Object, "spec", "versions")
	s.must(err)
	for _, part := range []string{"spec", "status"} {
		object, found, err := unstructured.NestedMap(versions[0].(map[string]any), "schema", "openAPIV3Schema", "properties", part)
		if err != nil || !found {
			t.Fatalf("the CRD has no schema of %s: %v", part, err)
		}
		listed := s.kubectl("explain", "llc."+part, "--recursive")
		for _, field := range fields(part, object) {
			name := field.path[strings.LastIndex(field.path, ".")+1:]
			if !strings.Contains(listed, name+"\t") {
				t.Errorf("kubectl explain llc.%s --recursive does not mention %s:\n%s", part, field.path, listed)
			}
			if field.doc == "" {
				t.Errorf("%s has no description", field.path)
			} else if said := strings.Fields(s.kubectl("explain", "llc."+field.path)); !strings.Contains(strings.Join(said, " "), field.doc) {
				t.Errorf("kubectl explain llc.%s does not say %q", field.path, field.doc)
			}
		}
	}
}

// field is one property of the schema.
type field struct{ path, doc string }

func fields(path string, object map[string]any) []field {
	if items, ok := object["items"].(map[string]any); ok {
		return fields(path, items)
	}
	properties, _ := object["properties"].(map[string]any)
	var found []field
	for name, property := range properties {
		child := property.(map[string]any)
		doc, _ := child["description"].(string)
		found = append(found, field{path + "." + name, strings.Join(strings.Fields(doc), " ")})
		found = append(found, fields(path+"."+name, child)...)
	}
	return found
}

// manifest of a LongLivedCanary with that spec.
func manifest(name, spec string) string {
	return fmt.Sprintf(`{"apiVersion":"argo-canary.dev/v1alpha1","kind":"LongLivedCanary","metadata":{"name":%q},"spec":%s}`, name, spec)
}

// TestRefused: a mistake is refused by the API server, and it says which.
func TestRefused(t *testing.T) {
	s := shared(t)
	var containers []string
	for i := range 17 {
		containers = append(containers, fmt.Sprintf(`{"name":"c%d","image":"a"}`, i))
	}
	for _, test := range []struct{ about, name, spec, want string }{
		{"no rolloutRef", "a", `{"image":"a"}`, `spec.rolloutRef: Required value`},
		{"no rolloutRef.name", "a", `{"rolloutRef":{},"image":"a"}`, `spec.rolloutRef.name: Required value`},
		{"empty rolloutRef.name", "a", `{"rolloutRef":{"name":""},"image":"a"}`, `spec.rolloutRef.name`},
		{"no name of a Rollout", "a", `{"rolloutRef":{"name":"A_b"},"image":"a"}`, `spec.rolloutRef.name in body should match`},
		{"another kind", "a", `{"rolloutRef":{"kind":"Deployment","name":"a"},"image":"a"}`, `spec.rolloutRef.kind: Unsupported value: "Deployment"`},
		{"changes nothing", "a", `{"rolloutRef":{"name":"a"}}`, `a canary must change something: set image or containers`},
		{"no containers", "a", `{"rolloutRef":{"name":"a"},"containers":[]}`, `a canary must change something: set image or containers`},
		{"image and containers", "a", `{"rolloutRef":{"name":"a"},"image":"a","containers":[{"name":"a","image":"a"}]}`, `set image or containers, not both`},
		{"image with a space", "a", `{"rolloutRef":{"name":"a"},"image":"a b"}`, `spec.image in body should match`},
		{"empty image", "a", `{"rolloutRef":{"name":"a"},"image":""}`, `spec.image`},
		{"fewer than none", "a", `{"rolloutRef":{"name":"a"},"image":"a","replicas":-1}`, `spec.replicas in body should be greater than or equal to 0`},
		{"too many", "a", `{"rolloutRef":{"name":"a"},"image":"a","replicas":1001}`, `spec.replicas in body should be less than or equal to 1000`},
		{"half a pod", "a", `{"rolloutRef":{"name":"a"},"image":"a","replicas":1.5}`, `spec.replicas`},
		{"a container twice", "a", `{"rolloutRef":{"name":"a"},"containers":[{"name":"a","image":"a"},{"name":"a","image":"b"}]}`, `Duplicate value`},
		{"a container without image", "a", `{"rolloutRef":{"name":"a"},"containers":[{"name":"a"}]}`, `spec.containers[0].image: Required value`},
		{"17 containers", "a", `{"rolloutRef":{"name":"a"},"containers":[` + strings.Join(containers, ",") + `]}`, `spec.containers: Too many`},
		{"unknown field", "a", `{"rolloutRef":{"name":"a"},"image":"a","replica":1}`, `unknown field "spec.replica"`},
		{"long name", strings.Repeat("a", 53), `{"rolloutRef":{"name":"a"},"image":"a"}`, `metadata.name`},
	} {
		_, err := s.Kubectl(s.ctx, manifest(test.name, test.spec), "apply", "-n", s.ns, "-f", "-")
		switch {
		case err == nil:
			t.Errorf("%s: accepted", test.about)
		case !strings.Contains(err.Error(), test.want):
			t.Errorf("%s: %v\nwant %s", test.about, err, test.want)
		}
	}

	s.apply(manifest("a", `{"rolloutRef":{"name":"a"},"image":"a"}`))
	_, err := s.Kubectl(s.ctx, manifest("a", `{"rolloutRef":{"name":"b"},"image":"a"}`), "apply", "-n", s.ns, "-f", "-")
	if want := "spec.rolloutRef is immutable; create a new LongLivedCanary"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("another rolloutRef: %v, want %s", err, want)
	}
}
