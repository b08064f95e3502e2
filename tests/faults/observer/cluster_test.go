package observer

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"llc.test/e2e/harness"
)

// TestOnARealCluster plays a bad controller on the cluster that
// LLC_E2E_CLUSTER names, and sees it caught.
func TestOnARealCluster(t *testing.T) {
	name := os.Getenv("LLC_E2E_CLUSTER")
	if name == "" {
		t.Skip("LLC_E2E_CLUSTER names no cluster")
	}
	root, err := filepath.Abs("../../..")
	must(t, err)
	cluster, err := harness.UpCluster(name, root)
	must(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	must(t, cluster.Install(ctx))
	space, err := cluster.Kube.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "observer-"}}, metav1.CreateOptions{})
	must(t, err)
	defer cluster.Kube.CoreV1().Namespaces().Delete(context.Background(), space.Name, metav1.DeleteOptions{})

	o, err := New(Config{Admin: cluster.Admin, Namespace: space.Name})
	must(t, err)
	must(t, o.Start(ctx))
	defer o.Stop()
	canary := createCanary(t, ctx, cluster, space.Name)
	for _, pod := range []string{"jdk-0-aaaaa", "jdk-0-bbbbb"} {
		createPod(t, ctx, cluster, canary, pod)
	}
	must(t, o.Quiet(ctx, 2*time.Second))
	checkBroken(t, o, "foreign-hash", "overshoot", "slot-doubled")

	pods := cluster.Kube.CoreV1().Pods(space.Name)
	_, err = pods.Patch(ctx, "jdk-0-aaaaa", types.MergePatchType, []byte(`{"metadata":{"ownerReferences":[
		{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"shop","uid":"00000000-0000-0000-0000-000000000001","controller":true}]}}`), metav1.PatchOptions{})
	must(t, err)
	must(t, o.Quiet(ctx, time.Second))
	checkBroken(t, o, "adopted", "foreign-hash", "overshoot", "slot-doubled")
	checkHistory(t, o)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func createCanary(t *testing.T, ctx context.Context, cluster *harness.Cluster, namespace string) *unstructured.Unstructured {
	t.Helper()
	canary, err := cluster.Dynamic.Resource(harness.Canaries).Namespace(namespace).Create(ctx, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "argo-canary.dev/v1alpha1", "kind": "LongLivedCanary", "metadata": map[string]any{"name": "jdk"},
		"spec": map[string]any{"rolloutRef": map[string]any{"name": "shop"}, "image": "jdk:1", "replicas": int64(1)},
	}}, metav1.CreateOptions{})
	must(t, err)
	return canary
}

func createPod(t *testing.T, ctx context.Context, cluster *harness.Cluster, canary *unstructured.Unstructured, name string) {
	t.Helper()
	owner := metav1.NewControllerRef(canary, canary.GroupVersionKind())
	_, err := cluster.Kube.CoreV1().Pods(canary.GetNamespace()).Create(ctx, &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{harness.HashLabel: "h1"}, OwnerReferences: []metav1.OwnerReference{*owner}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "app", Image: "jdk:1"}}},
	}, metav1.CreateOptions{})
	must(t, err)
}

func checkBroken(t *testing.T, o *Observer, want ...string) {
	t.Helper()
	must(t, o.Err())
	var broken []string
	for _, v := range o.Violations() {
		t.Log(v)
		if !slices.Contains(broken, v.Rule) {
			broken = append(broken, v.Rule)
		}
	}
	slices.Sort(broken)
	if !slices.Equal(broken, want) {
		t.Errorf("broken are %v, want %v", broken, want)
	}
}

// checkHistory wants every revision once and in order, and the state that the
// API server has now at its end.
func checkHistory(t *testing.T, o *Observer) {
	t.Helper()
	last := uint64(0)
	latest := map[string]uint64{}
	for _, c := range o.History() {
		if c.Revision() <= last {
			t.Errorf("revision %d follows %d", c.Revision(), last)
		}
		last = c.Revision()
		latest[c.Object.UID] = last
	}
	for _, object := range o.State() {
		if latest[object.UID] != object.Revision {
			t.Errorf("%s ends at revision %d in the history, at %d in the state", object, latest[object.UID], object.Revision)
		}
	}
	if digest := o.Digest(); fmt.Sprint(digest.Added) != "map[longlivedcanaries:1 pods of LongLivedCanary jdk:2]" {
		t.Errorf("created were %v", digest.Added)
	}
}
