package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apiequality "k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

const (
	mergeTemplates = 40
	mergeCases     = 280
	mergeWorkers   = 4
)

// What the API server says to an entry of env with two sources.
var twoSources = []string{"may not be specified when `value` is not empty", "may not have more than one field specified at a time"}

// text is value as JSON.
func text(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func mustConvert(from, to any) {
	if err := json.Unmarshal([]byte(text(from)), to); err != nil {
		panic(err)
	}
}

// TestMergeAgreesWithKubectl: people know what a strategic merge patch does,
// and an override does the same. Where that leaves an entry of env with two
// sources, ours has the override's; a patch does that too if it names what
// to take out.
func TestMergeAgreesWithKubectl(t *testing.T) {
	beParallel(t)
	s := newScene(t)
	maker := newMergeMaker()
	var templates []*corev1.PodTemplate
	for i := range mergeTemplates {
		template, err := s.Kube.CoreV1().PodTemplates(s.ns).Create(s.ctx, &corev1.PodTemplate{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("t%d", i)},
			Template:   corev1.PodTemplateSpec{Spec: maker.podSpec()},
		}, metav1.CreateOptions{})
		s.must(err)
		templates = append(templates, template)
	}
	var cases []mergeCase
	for i := range mergeCases {
		cases = append(cases, maker.mergeCase(i%mergeTemplates, templates[i%mergeTemplates].Template.Spec))
	}
	ours := s.mergeOurs(templates, cases)

	var mutex sync.Mutex
	var workers sync.WaitGroup
	counts := map[string]int{}
	for worker := range mergeWorkers {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for i := worker; i < len(cases); i += mergeWorkers {
				verdict, err := s.judgeMerge(templates[cases[i].template], cases[i], ours[i])
				mutex.Lock()
				counts[verdict]++
				mutex.Unlock()
				if err != nil {
					t.Errorf("case %d, template %d, %s: %v", i, cases[i].template, text(cases[i].patch()), err)
				}
			}
		}()
	}
	workers.Wait()
	for _, verdict := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%d of %d cases: %s", counts[verdict], len(cases), verdict)
	}
	if counts[mergeAgrees] < 200 || counts[mergeRefused] == 0 || counts[mergeIgnored] == 0 {
		t.Error("the generated cases say too little")
	}
}

// mergeOurs asks tests/support/merge_overrides.
func (s *scene) mergeOurs(templates []*corev1.PodTemplate, cases []mergeCase) []corev1.PodSpec {
	s.Helper()
	binary := os.Getenv("LLC_MERGE")
	if binary == "" {
		binary = filepath.Join(s.Root, "out", "ci", "tests", "support", "merge_overrides")
	}
	var input, stderr bytes.Buffer
	for _, c := range cases {
		s.must(json.NewEncoder(&input).Encode(map[string]any{"podSpec": templates[c.template].Template.Spec, "spec": c.spec()}))
	}
	cmd := exec.Command(binary)
	cmd.Stdin, cmd.Stderr = &input, &stderr
	output, err := cmd.Output()
	if err != nil {
		s.Fatalf("%v: %s (`./dev e2e` builds it, or set LLC_MERGE)", err, &stderr)
	}
	var merged []corev1.PodSpec
	lines := bufio.NewScanner(bytes.NewReader(output))
	lines.Buffer(nil, len(output)+1)
	for lines.Scan() {
		var answer struct {
			PodSpec corev1.PodSpec `json:"podSpec"`
			Error   string         `json:"error"`
		}
		s.must(json.Unmarshal(lines.Bytes(), &answer))
		if answer.Error != "" {
			s.Fatalf("case %d: %s", len(merged), answer.Error)
		}
		merged = append(merged, answer.PodSpec)
	}
	if len(merged) != len(cases) {
		s.Fatalf("%d answers to %d cases", len(merged), len(cases))
	}
	return merged
}

// Verdicts on a case.
const (
	mergeAgrees  = "agree"
	mergeRefused = "agree once kubectl is told what to take out; left alone it is refused, for an entry with two sources"
	mergeIgnored = "agree once kubectl is told what to take out; left alone it keeps the template's source"
	mergeWrong   = "WRONG"
)

// judgeMerge has both results completed by the API server and compares them.
func (s *scene) judgeMerge(template *corev1.PodTemplate, c mergeCase, ours corev1.PodSpec) (string, error) {
	update := template.DeepCopy()
	update.Template.Spec = ours
	got, err := s.Kube.CoreV1().PodTemplates(s.ns).Update(s.ctx, update, metav1.UpdateOptions{DryRun: []string{metav1.DryRunAll}})
	if err != nil {
		return mergeWrong, fmt.Errorf("ours: %w", err)
	}
	if err := checkMerged(template.Template.Spec, got.Template.Spec); err != nil {
		return mergeWrong, err
	}
	verdict := mergeAgrees
	want, err := s.mergePatched(template.Name, c.patch())
	if patch, replaces := c.replacingPatch(template.Template.Spec); replaces {
		switch {
		case err == nil:
			verdict = mergeIgnored
		case slices.ContainsFunc(twoSources, func(message string) bool { return strings.Contains(err.Error(), message) }):
			verdict = mergeRefused
		default:
			return mergeWrong, err
		}
		want, err = s.mergePatched(template.Name, patch)
	}
	if err != nil {
		return mergeWrong, err
	}
	mine, theirs := byName(got.Template.Spec), byName(want)
	for name := range mine {
		if !apiequality.Semantic.DeepEqual(mine[name], theirs[name]) {
			return mergeWrong, fmt.Errorf("ours: %s\nkubectl's: %s", text(mine[name]), text(theirs[name]))
		}
	}
	return verdict, nil
}

// mergePatched is what a user of `kubectl patch` gets, by the request that it sends.
func (s *scene) mergePatched(name string, patch map[string]any) (corev1.PodSpec, error) {
	template, err := s.Kube.CoreV1().PodTemplates(s.ns).Patch(s.ctx, name, types.StrategicMergePatchType, []byte(text(patch)),
		metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}})
	if err != nil {
		return corev1.PodSpec{}, err
	}
	return template.Template.Spec, nil
}

// checkMerged: containers keep their order, where kubectl would follow the
// patch's; init containers run in it. All but the containers is as it was.
func checkMerged(before, after corev1.PodSpec) error {
	if !slices.Equal(namesOf(before.Containers), namesOf(after.Containers)) ||
		!slices.Equal(namesOf(before.InitContainers), namesOf(after.InitContainers)) {
		return fmt.Errorf("the containers are %v and %v", namesOf(after.InitContainers), namesOf(after.Containers))
	}
	after.Containers, after.InitContainers = before.Containers, before.InitContainers
	if !apiequality.Semantic.DeepEqual(before, after) {
		return fmt.Errorf("more than containers has changed: %s, before: %s", text(after), text(before))
	}
	return nil
}

func byName(spec corev1.PodSpec) map[string]corev1.Container {
	containers := map[string]corev1.Container{}
	for _, container := range slices.Concat(spec.InitContainers, spec.Containers) {
		containers[container.Name] = container
	}
	return containers
}
