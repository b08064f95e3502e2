package e2e

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"llc.test/e2e/harness"
)

const garbageCollector = "system:serviceaccount:kube-system:generic-garbage-collector"

// mayDelete are the users that may delete a canary pod, and why.
var mayDelete = map[string]string{
	harness.ControllerUser: "our ServiceAccount",
	garbageCollector:       "the garbage collector",
	"system:serviceaccount:kube-system:namespace-controller": "the end of a test's namespace",
	"kwok": "plays the kubelet: ends a pod that is being deleted, with grace period 0",
}

// unseen are rules of the ClusterRole that leave no line in an audit log.
var unseen = map[string]string{
	"update argo-canary.dev longlivedcanaries/finalizers": "asked for by admission (OwnerReferencesPermissionEnforcement), never requested",
}

// TestAudit waits for all others and judges what the API server saw.
func TestAudit(t *testing.T) {
	t.Parallel()
	suite.parallel.Wait()
	t.Run("Deletes", auditDeletes)
	t.Run("Role", auditRole)
}

// auditDeletes: nobody but those above deletes canary pods.
func auditDeletes(t *testing.T) {
	created := map[string]bool{}
	creates, err := suite.audit.Select(func(e *harness.AuditEvent) bool {
		return harness.ByController("")(e) && e.Verb == "create" && e.Resource() == "pods"
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range creates {
		created[e.ObjectRef.Namespace+"/"+e.ObjectRef.Name] = true
	}
	deletes, err := suite.audit.Select(func(e *harness.AuditEvent) bool {
		canary := created[e.ObjectRef.Namespace+"/"+e.ObjectRef.Name]
		switch {
		case e.Verb == "delete" && e.Resource() == "pods":
			return canary
		case e.Verb == "create" && e.Resource() == "pods/eviction":
			return canary
		}
		return e.Verb == "deletecollection" && e.Resource() == "pods"
	})
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, e := range deletes {
		user, why := e.User.Username, mayDelete[e.User.Username]
		if _, mine := suite.mine.Load(e.ObjectRef.Namespace + "/" + e.ObjectRef.Name); mine && user == suite.cluster.AdminUser() {
			why = "the test's own doing"
		}
		if user == exempt(&e).deleter {
			why = "what this test is about"
		}
		count[fmt.Sprintf("%s (%s)", user, why)]++
		if why == "" {
			t.Errorf("%s", e)
		}
	}
	t.Logf("%d canary pods were created; requests to delete one:", len(created))
	for _, user := range slices.Sorted(maps.Keys(count)) {
		t.Logf("%5d by %s", count[user], user)
	}
	if len(created) == 0 {
		t.Error("the controller has created no pod: nothing was judged")
	}
}

// auditRole: our ServiceAccount was refused nothing, did nothing that its role
// does not say, and needed all that it says.
func auditRole(t *testing.T) {
	role, err := suite.cluster.Kube.RbacV1().ClusterRoles().Get(t.Context(), harness.ControllerRole, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	granted := grants(role.Rules)
	events, err := suite.audit.Select(harness.ByController(""))
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]int{}
	for _, e := range events {
		if (e.ResponseStatus.Code == 401 || e.ResponseStatus.Code == 403) && !exempt(&e).refusals && !isTooLate(&e) {
			t.Errorf("refused: %s: %s", e, e.ResponseStatus.Message)
		}
		if !strings.HasPrefix(e.UserAgent, "llc-controller/") {
			t.Errorf("another User-Agent: %s", e)
		}
		used[grant(e.Verb, e.ObjectRef.APIGroup, e.Resource())]++
	}
	for _, what := range slices.Sorted(maps.Keys(used)) {
		t.Logf("%6d × %s", used[what], what)
		if !granted[what] {
			t.Errorf("done without being in ClusterRole %s: %s", harness.ControllerRole, what)
		}
	}
	for _, what := range slices.Sorted(maps.Keys(granted)) {
		switch {
		case used[what] > 0:
		case unseen[what] != "":
			t.Logf("  none × %s: %s", what, unseen[what])
		case flag.Lookup("test.run").Value.String() != "":
			t.Logf("  none × %s (not all tests ran)", what)
		default:
			t.Errorf("granted by ClusterRole %s, never used: %s", harness.ControllerRole, what)
		}
	}
}

// isTooLate: an Event of a canary whose test has ended, and its namespace with it.
func isTooLate(e *harness.AuditEvent) bool {
	return e.Resource() == "events" && strings.Contains(e.ResponseStatus.Message, "because it is being terminated")
}

// exempt is what the test of the event's namespace has brought about.
func exempt(e *harness.AuditEvent) exemption {
	if given, found := suite.exempt.Load(e.ObjectRef.Namespace); found {
		return given.(exemption)
	}
	return exemption{}
}

func grant(verb, group, resource string) string {
	return strings.Join(strings.Fields(fmt.Sprintf("%s %s %s", verb, group, resource)), " ")
}

func grants(rules []rbacv1.PolicyRule) map[string]bool {
	granted := map[string]bool{}
	for _, rule := range rules {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					granted[grant(verb, group, resource)] = true
				}
			}
		}
	}
	return granted
}
