package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"llc.test/e2e/harness"
)

// strategy is a kind of Rollout, made from the example.
type strategy struct {
	spec     string // under strategy:, in place of the example's blueGreen
	more     string // further manifests
	workload bool   // the template is that of a Deployment
	hashless bool   // the Service selects by the app's labels alone
}

const canarySteps = `
      steps:
      - setWeight: 34
      - pause: {}
`

const stableIngress = `
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: bluegreen-demo}
spec:
  ingressClassName: nginx
  rules:
  - host: demo.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: bluegreen-demo, port: {name: http}}}}]}
`

func TestLifeBlueGreen(t *testing.T)   { testLife(t, strategy{}) }
func TestLifeWorkloadRef(t *testing.T) { testLife(t, strategy{workload: true}) }
func TestLifeCanary(t *testing.T) {
	testLife(t, strategy{spec: "canary:" + canarySteps, hashless: true})
}

func TestLifeCanaryServices(t *testing.T) {
	testLife(t, strategy{spec: "canary:\n      stableService: bluegreen-demo\n      canaryService: bluegreen-demo-preview" + canarySteps})
}

// TestLifeTrafficRouting: for nginx, Argo writes Ingresses; nobody has to read
// them for it to go on.
func TestLifeTrafficRouting(t *testing.T) {
	testLife(t, strategy{more: stableIngress,
		spec: "canary:\n      stableService: bluegreen-demo\n      canaryService: bluegreen-demo-preview" +
			"\n      trafficRouting: {nginx: {stableIngress: bluegreen-demo}}" + canarySteps})
}

// manifest of the Rollout of that kind and what belongs to it.
func (kind *strategy) manifest(s *scene) string {
	s.Helper()
	text := s.example("rollout.yaml")
	cut := func(text, from, to string) (before, middle, after string) {
		before, rest, found := strings.Cut(text, from)
		middle, after, closed := strings.Cut(rest, to)
		if !found || !closed {
			s.Fatalf("rollout.yaml has no %q before a %q", from, to)
		}
		return before, middle, after
	}
	if kind.spec != "" {
		before, _, after := cut(text, "    blueGreen:\n", "---\n")
		text = before + "    " + kind.spec + "\n---\n" + after
	}
	if kind.workload {
		before, template, after := cut(text, "  template:\n", "  strategy:\n")
		text = before + "  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: " + demo + "}\n  strategy:\n" + after +
			"\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " + demo + "}\nspec:\n  replicas: 0\n  selector: {matchLabels: {app: " +
			demo + "}}\n  template:\n" + template
	}
	return text + kind.more
}

// setImage is the command that gives the Rollout a new version.
func (kind *strategy) setImage(colour string) []string {
	image := demo + "=argoproj/rollouts-demo:" + colour
	if kind.workload {
		return []string{"set", "image", "deployment/" + demo, image}
	}
	return []string{"argo", "rollouts", "set", "image", demo, image}
}

// testLife leads a Rollout through all that can be done to it, and judges what
// becomes of its canary on every state there was: the same pods from first to
// last, each relabelled once a promotion and not at all otherwise.
func testLife(t *testing.T, kind strategy) {
	s := shared(t)
	s.apply(kind.manifest(s))
	blue := s.awaitStable("")
	recorded := s.record()
	audit, err := harness.OpenAudit(s.AuditLog)
	s.must(err)
	llc := s.applyCanary("replicas: 1", "replicas: 2")
	first := s.mustPods(2)
	s.awaitFollowed(kind, blue)

	// Aborted: nothing changes. Retried and promoted: it follows.
	s.update(kind.setImage("yellow")...)
	s.must(s.checkLabels(blue))
	s.kubectl("argo", "rollouts", "abort", demo)
	s.awaitRest(func(rollout *harness.Rollout) error {
		if rollout.Status.Phase != "Degraded" || rollout.Status.StableRS != blue {
			return fmt.Errorf("the Rollout is %s, stable %s; want it aborted", rollout.Status.Phase, rollout.Status.StableRS)
		}
		return nil
	})
	s.awaitFollowed(kind, blue)
	s.kubectl("argo", "rollouts", "retry", "rollout", demo)
	yellow := s.promoteFrom(blue)
	s.awaitFollowed(kind, yellow)

	// Rolled back.
	s.awaitRest(nil)
	s.kubectl("argo", "rollouts", "undo", demo)
	if again := s.promoteFrom(yellow); again != blue {
		t.Errorf("after the rollback the stable hash is %s, want %s as before", again, blue)
	}
	s.awaitFollowed(kind, blue)

	// Paused by its users: the canary can be scaled all the same.
	s.awaitRest(nil)
	s.kubectl("argo", "rollouts", "pause", demo)
	s.kubectl("scale", "llc/"+canary, "--replicas=3")
	s.awaitReady(canary)
	s.mustPods(3)
	s.awaitFollowed(kind, blue)
	s.awaitRest(nil)
	s.kubectl("patch", "rollout", demo, "--type=merge", "-p", `{"spec":{"paused":false}}`)

	// Scaled to 0 and back: without production there is no canary in traffic.
	s.awaitRest(nil)
	s.kubectl("scale", "rollout/"+demo, "--replicas=0")
	s.await(soon, "the canaries to leave traffic", s.checkOut)
	s.awaitCanary(soon, canary, func(llc *harness.Canary) error {
		if llc.Status.Phase != "Held" || llc.Status.PodTemplateHash != "" {
			return fmt.Errorf("phase %s, hash %q; want Held and none", llc.Status.Phase, llc.Status.PodTemplateHash)
		}
		return llc.CheckCondition("TrafficAttached", metav1.ConditionFalse, "RolloutScaledToZero")
	})
	s.awaitRest(nil)
	s.kubectl("scale", "rollout/"+demo, "--replicas=3")
	s.awaitStable("")
	s.awaitFollowed(kind, blue)

	// Promoted at once.
	s.update(kind.setImage("green")...)
	s.kubectl("argo", "rollouts", "promote", demo, "--full")
	green := s.awaitStable(blue)
	s.awaitFollowed(kind, green)
	s.await(soon, "production with pods of its own", func() error { return s.checkProduction(3) })

	changes, err := recorded.end()
	s.must(err)
	s.must(checkOwners(changes, llc.Metadata.UID))
	hashes := []string{blue, yellow, blue, "", blue, green}
	writes := 0
	for _, pod := range s.mustPods(3) {
		want := hashes
		if !slices.Contains(podUIDs(first), string(pod.UID)) {
			want = hashes[2:] // the third
		}
		if got := hashesOf(changes, pod.UID); !slices.Equal(got, want) {
			t.Errorf("pod %s had the hashes %q, want %q", pod.Name, got, want)
		}
		writes += len(want) - 1
	}
	if got := len(s.controllerWrites(audit, "patch", "pods")); got != writes {
		t.Errorf("%d patches of pods, want %d: one a pod for each change", got, writes)
	}
}

// promoteFrom promotes the Rollout step by step from a hash, where it pauses:
// blue-green does not pause for a version that it has up already.
func (s *scene) promoteFrom(hash string) string {
	s.Helper()
	rested := s.awaitRest(func(rollout *harness.Rollout) error {
		if rollout.Status.StableRS == hash && len(rollout.Status.PauseConditions) == 0 {
			return fmt.Errorf("the Rollout is %s: %s", rollout.Status.Phase, rollout.Status.Message)
		}
		return nil
	})
	if rested.Status.StableRS == hash {
		s.kubectl("argo", "rollouts", "promote", demo)
	}
	return s.awaitStable(hash)
}

// awaitFollowed waits until the canary is ready, carries that hash and is in
// traffic.
func (s *scene) awaitFollowed(kind strategy, hash string) {
	s.Helper()
	check := func() error { return s.checkHash(hash) }
	if kind.hashless {
		check = func() error { return s.checkLabels(hash) }
	}
	s.await(soon, "one hash", check)
	s.await(soon, "traffic", func() error { return s.checkServed(true) })
	s.awaitCanary(soon, canary, func(llc *harness.Canary) error {
		if llc.Status.PodTemplateHash != hash {
			return fmt.Errorf("status.podTemplateHash is %q, want %s", llc.Status.PodTemplateHash, hash)
		}
		if err := llc.CheckCondition("TrafficAttached", metav1.ConditionTrue, ""); err != nil {
			return err
		}
		return llc.CheckReady()
	})
}

// controllerWrites are the requests of a verb to a resource that our
// ServiceAccount made in the scene's namespace and that changed something.
func (s *scene) controllerWrites(audit *harness.Audit, verb, resource string) []harness.AuditEvent {
	s.Helper()
	events, err := audit.Select(func(e *harness.AuditEvent) bool {
		return harness.ByController(s.ns)(e) && e.Verb == verb && e.Resource() == resource
	})
	s.must(err)
	return events
}
