package e2e

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// mergeCase is one override of one pod template.
type mergeCase struct {
	template int              // index into the templates
	image    string           // spec.image, if not empty, of
	only     string           // the only container; otherwise
	override []map[string]any // spec.containers
}

// spec of a LongLivedCanary.
func (c mergeCase) spec() map[string]any {
	spec := map[string]any{"rolloutRef": map[string]any{"name": "a"}}
	if c.image != "" {
		spec["image"] = c.image
	} else {
		spec["containers"] = c.override
	}
	return spec
}

// patch is the same as a strategic merge patch of a PodTemplate.
func (c mergeCase) patch() map[string]any {
	if c.image != "" {
		return podPatch([]map[string]any{{"name": c.only, "image": c.image}})
	}
	return podPatch(c.override)
}

func podPatch(override []map[string]any) map[string]any {
	spec := map[string]any{}
	for _, container := range override {
		list := "containers"
		if slices.Contains(initContainerNames, container["name"].(string)) {
			list = "initContainers"
		}
		listed, _ := spec[list].([]any)
		spec[list] = append(listed, container)
	}
	return map[string]any{"template": map[string]any{"spec": spec}}
}

// replacingPatch is the patch that also takes out the source of each entry of
// env that gets another one, and tells whether there is such an entry.
func (c mergeCase) replacingPatch(template corev1.PodSpec) (patch map[string]any, replaces bool) {
	var override []map[string]any
	for _, container := range c.override {
		container = maps.Clone(container)
		present := byName(template)[container["name"].(string)].Env
		env, _ := container["env"].([]any)
		env = slices.Clone(env)
		for i := range env {
			var replaced bool
			env[i], replaced = replacingEntry(present, env[i].(map[string]any))
			replaces = replaces || replaced
		}
		if env != nil {
			container["env"] = env
		}
		override = append(override, container)
	}
	return podPatch(override), replaces
}

func replacingEntry(env []corev1.EnvVar, entry map[string]any) (replacing map[string]any, replaces bool) {
	i := slices.IndexFunc(env, func(present corev1.EnvVar) bool { return present.Name == entry["name"] })
	if i < 0 {
		return entry, false
	}
	replacing = maps.Clone(entry)
	source, hasSource := entry["valueFrom"].(map[string]any)
	if _, hasValue := entry["value"]; hasValue && env[i].ValueFrom != nil {
		replacing["valueFrom"], replaces = nil, true
	}
	if !hasSource {
		return replacing, replaces
	}
	if env[i].Value != "" {
		replacing["value"], replaces = nil, true
	}
	source = maps.Clone(source)
	kinds := map[string]any{}
	mustConvert(env[i].ValueFrom, &kinds)
	for kind := range kinds {
		if _, same := source[kind]; !same {
			source[kind], replaces = nil, true
		}
	}
	replacing["valueFrom"] = source
	return replacing, replaces
}

// mergeMaker makes templates and overrides that the API server accepts, from
// a fixed seed. Names are few, so that templates and overrides meet.
type mergeMaker struct{ *rand.Rand }

func newMergeMaker() mergeMaker {
	return mergeMaker{rand.New(rand.NewPCG(4, 1))}
}

func (m mergeMaker) often() bool  { return m.IntN(3) > 0 }
func (m mergeMaker) seldom() bool { return m.IntN(4) == 0 }

func pick[T any](m mergeMaker, from ...T) T { return from[m.IntN(len(from))] }

func (m mergeMaker) envNames() []string {
	names := strings.Split("ABCDEFGHIJ", "")
	m.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	return names[:m.IntN(7)]
}

func (m mergeMaker) envValue() string {
	return pick(m, "", "1", "two words", "$(A)/$(B)", "-Xmx$(C) -XX:+UseZGC", `{"a":"ä"}`)
}

// envSource is a valueFrom as users write it.
func (m mergeMaker) envSource() map[string]any {
	key := map[string]any{"name": pick(m, "one", "two"), "key": pick(m, "k", "l.properties")}
	if m.seldom() {
		key["optional"] = pick(m, true, false)
	}
	switch m.IntN(4) {
	case 0:
		return map[string]any{"configMapKeyRef": key}
	case 1:
		return map[string]any{"secretKeyRef": key}
	case 2:
		return map[string]any{"fieldRef": map[string]any{
			"fieldPath": pick(m, "metadata.name", "status.podIP", "metadata.labels['app']")}}
	}
	if m.often() {
		return map[string]any{"resourceFieldRef": map[string]any{
			"resource": pick(m, "limits.memory", "requests.memory"), "divisor": pick(m, "1", "1Mi")}}
	}
	return map[string]any{"resourceFieldRef": map[string]any{"resource": "limits.cpu", "divisor": "1"}}
}

func (m mergeMaker) env() []any {
	env := []any{}
	for _, name := range m.envNames() {
		entry := map[string]any{"name": name}
		switch {
		case m.seldom():
			entry["valueFrom"] = m.envSource()
		case m.IntN(12) > 0:
			entry["value"] = m.envValue()
		}
		env = append(env, entry)
	}
	return env
}

func (m mergeMaker) envFrom() []any {
	list := []any{}
	for range m.IntN(3) {
		entry := map[string]any{
			pick(m, "configMapRef", "secretRef"): map[string]any{"name": pick(m, "one", "two"), "optional": pick(m, true, false)},
		}
		if m.seldom() {
			entry["prefix"] = "P_"
		}
		list = append(list, entry)
	}
	return list
}

func (m mergeMaker) words() []any {
	list := []any{}
	for range m.IntN(4) {
		list = append(list, pick(m, "java", "-jar", "/app.jar", "$(A)", ""))
	}
	return list
}

// amounts are such that no request exceeds a limit.
func (m mergeMaker) amounts(cpu, memory []any) map[string]any {
	amounts := map[string]any{}
	if m.often() {
		amounts["cpu"] = pick(m, cpu...)
	}
	if m.often() {
		amounts["memory"] = pick(m, memory...)
	}
	if m.seldom() {
		amounts["ephemeral-storage"] = "1Gi"
	}
	return amounts
}

func (m mergeMaker) resources() map[string]any {
	resources := map[string]any{}
	if m.often() {
		resources["limits"] = m.amounts([]any{2, "2", "1500m"}, []any{"1Gi", "2Gi", "1.5Gi"})
	}
	if m.often() {
		resources["requests"] = m.amounts([]any{1, "0.5", "250m", "1000m"}, []any{"64Mi", "128M", 1048576})
	}
	return resources
}

// changes of one container: what an override may say, and what a template's
// container has of it.
func (m mergeMaker) changes(container map[string]any) map[string]any {
	if m.often() {
		container["env"] = m.env()
	}
	if m.seldom() {
		container["envFrom"] = m.envFrom()
	}
	if m.often() {
		container["resources"] = m.resources()
	}
	if m.seldom() {
		container["command"] = m.words()
	}
	if m.seldom() {
		container["args"] = m.words()
	}
	if m.seldom() {
		container["imagePullPolicy"] = pick(m, "Always", "IfNotPresent", "Never")
	}
	return container
}

// containerNames, of init containers too, in the order of a template.
var (
	containerNames     = []string{"app", "proxy", "logs"}
	initContainerNames = []string{"migrate", "warm-up"}
)

func (m mergeMaker) container(name string) corev1.Container {
	var container corev1.Container
	mustConvert(m.changes(map[string]any{"name": name, "image": "example.com/" + name + ":1"}), &container)
	// What no override speaks of stays.
	container.VolumeMounts = []corev1.VolumeMount{{Name: "tmp", MountPath: "/tmp"}}
	return container
}

// podSpec with one to three containers.
func (m mergeMaker) podSpec() corev1.PodSpec {
	limit := resource.MustParse("1Gi")
	spec := corev1.PodSpec{Volumes: []corev1.Volume{{Name: "tmp",
		VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{SizeLimit: &limit}}}}}
	for i, name := range containerNames[:1+m.IntN(len(containerNames))] {
		container := m.container(name)
		container.Ports = []corev1.ContainerPort{{Name: name, ContainerPort: 8080 + int32(i)}}
		container.ReadinessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{
			HTTPGet: &corev1.HTTPGetAction{Path: "/", Port: intstr.FromInt32(8080)}}}
		spec.Containers = append(spec.Containers, container)
	}
	for _, name := range initContainerNames[:m.IntN(len(initContainerNames)+1)] {
		spec.InitContainers = append(spec.InitContainers, m.container(name))
	}
	return spec
}

func namesOf(containers []corev1.Container) []string {
	var names []string
	for _, container := range containers {
		names = append(names, container.Name)
	}
	return names
}

// mergeCase overrides some of the containers of a template, in any order.
func (m mergeMaker) mergeCase(index int, template corev1.PodSpec) mergeCase {
	c := mergeCase{template: index}
	if len(template.Containers) == 1 && m.seldom() {
		c.only = template.Containers[0].Name
		c.image = fmt.Sprintf("example.com/canary:%d", m.IntN(9))
		return c
	}
	names := slices.Concat(namesOf(template.InitContainers), namesOf(template.Containers))
	m.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for _, name := range names[:1+m.IntN(len(names))] {
		override := m.changes(map[string]any{"name": name})
		if len(override) == 1 || m.often() {
			override["image"] = "example.com/" + name + ":canary"
		}
		c.override = append(c.override, override)
	}
	return c
}
