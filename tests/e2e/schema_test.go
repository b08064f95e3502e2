package e2e

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/yaml"

	"llc.test/e2e/harness"
)

// TestSchemaExplained: the reference that users have is complete.
func TestSchemaExplained(t *testing.T) {
	s := shared(t)
	said := map[string]string{}
	for _, part := range []string{"spec", "status"} {
		object := s.schemaOf(part)
		listed := s.kubectl("explain", "llc."+part, "--recursive")
		for _, field := range fields(part, object) {
			dot := strings.LastIndex(field.path, ".")
			parent, name := field.path[:dot], field.path[dot+1:]
			if !strings.Contains(listed, name+"\t") {
				t.Errorf("kubectl explain llc.%s --recursive does not mention %s:\n%s", part, field.path, listed)
			}
			if said[parent] == "" {
				said[parent] = s.kubectl("explain", "llc."+parent)
			}
			if field.doc == "" {
				t.Errorf("%s has no description", field.path)
			} else if !strings.Contains(explained(said[parent], name), field.doc) {
				t.Errorf("kubectl explain llc.%s does not say %q of %s:\n%s", parent, field.doc, name, said[parent])
			}
		}
	}
}

// explained is the paragraph about a field in what `kubectl explain` says of
// the object that it belongs to.
func explained(said, name string) string {
	_, paragraph, _ := strings.Cut(said, "\n  "+name+"\t")
	paragraph, _, _ = strings.Cut(paragraph, "\n\n")
	return strings.Join(strings.Fields(paragraph), " ")
}

// schemaOf is the schema of spec or status in the CRD that is installed.
func (s *scene) schemaOf(part string) map[string]any {
	s.Helper()
	crd, err := s.Dynamic.Resource(schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}).
		Get(s.ctx, "longlivedcanaries.argo-canary.dev", metav1.GetOptions{})
	s.must(err)
	versions, _, err := unstructured.NestedSlice(crd.Object, "spec", "versions")
	s.must(err)
	object, found, err := unstructured.NestedMap(versions[0].(map[string]any), "schema", "openAPIV3Schema", "properties", part)
	if err != nil || !found {
		s.Fatalf("the CRD has no schema of %s: %v", part, err)
	}
	return object
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

// manifests holds one mistake a file, and answers.txt what the API server says
// to each.
const manifests = "testdata/manifests"

// TestSchemaRefuses: a mistake is refused by the API server, and it says which.
// LLC_E2E_UPDATE=1 writes the answers; read them as a user would.
func TestSchemaRefuses(t *testing.T) {
	s := shared(t)
	files, err := filepath.Glob(filepath.Join(manifests, "*.yaml"))
	s.must(err)
	if len(files) < 25 {
		t.Fatalf("%d manifests", len(files))
	}
	found := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		s.must(err)
		_, err = s.Kubectl(s.ctx, string(text), "apply", "-n", s.ns, "-f", "-")
		name := filepath.Base(file)
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		_, answer, _ := strings.Cut(err.Error(), "exit status 1: ")
		found[name] = strings.ReplaceAll(answer, s.ns, "NAMESPACE") + "\n"
	}
	path := filepath.Join(manifests, "answers.txt")
	if os.Getenv("LLC_E2E_UPDATE") != "" {
		s.must(os.WriteFile(path, []byte(answersText(found)), 0o644))
	}
	text, err := os.ReadFile(path)
	s.must(err)
	wanted := answersOf(string(text))
	for name, want := range wanted {
		if got := found[name]; got != want {
			t.Errorf("%s: %s\nwant %s", name, got, want)
		}
	}
	if len(found) != len(wanted) {
		t.Errorf("%d manifests were refused, %s has %d answers", len(found), path, len(wanted))
	}
}

// answersText is a paragraph for each file: its name, a colon, the answer.
func answersText(answers map[string]string) string {
	var text []string
	for _, name := range slices.Sorted(maps.Keys(answers)) {
		text = append(text, name+":\n"+answers[name])
	}
	return strings.Join(text, "\n")
}

func answersOf(text string) map[string]string {
	answers := map[string]string{}
	for _, part := range strings.Split(text, "\n\n") {
		name, answer, _ := strings.Cut(part, ":\n")
		answers[name] = strings.TrimSuffix(answer, "\n") + "\n"
	}
	return answers
}

// TestSchemaFullExample: the example names every field of the spec but image, which
// containers excludes, and each is taken as it is written.
func TestSchemaFullExample(t *testing.T) {
	s := shared(t)
	text, err := os.ReadFile(filepath.Join(s.Root, "examples", "canary-full.yaml"))
	s.must(err)
	s.apply(string(text))
	var written unstructured.Unstructured
	s.must(yaml.Unmarshal(text, &written.Object))
	read, err := s.Dynamic.Resource(harness.Canaries).Namespace(s.ns).Get(s.ctx, written.GetName(), metav1.GetOptions{})
	s.must(err)
	unstructured.SetNestedField(written.Object, "argoproj.io/v1alpha1", "spec", "rolloutRef", "apiVersion")
	unstructured.SetNestedField(written.Object, "Rollout", "spec", "rolloutRef", "kind")
	if want, got := written.Object["spec"], read.Object["spec"]; !reflect.DeepEqual(want, got) {
		t.Errorf("spec: %v\nwant %v", got, want)
	}
	for name := range s.schemaOf("spec")["properties"].(map[string]any) {
		if _, found, _ := unstructured.NestedFieldNoCopy(written.Object, "spec", name); !found && name != "image" {
			t.Errorf("examples/canary-full.yaml does not show %s", name)
		}
	}
}
