package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

const argoNamespace = "argo-rollouts"

//go:embed audit-policy.yaml
var auditPolicy []byte

// firstObjects are the namespace of Argo Rollouts and the nodes. kwok fills
// in a status with room for any number of pods.
func firstObjects(nodes int) string {
	var text strings.Builder
	fmt.Fprintf(&text, "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: %s\n", argoNamespace)
	for i := 1; i <= nodes; i++ {
		fmt.Fprintf(&text, `---
apiVersion: v1
kind: Node
metadata:
  name: node-%[1]d
  labels:
    kubernetes.io/arch: amd64
    kubernetes.io/hostname: node-%[1]d
    kubernetes.io/os: linux
    type: kwok
`, i)
	}
	return text.String()
}

// install applies Argo's CRDs and the first objects with kubectl.
func (c *cluster) install(ctx context.Context, progs programs) error {
	objects := c.file("objects.yaml")
	if err := os.WriteFile(objects, []byte(firstObjects(c.state.Nodes)), 0o644); err != nil {
		return err
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, progs.path("kubectl"), "--kubeconfig", c.key("admin.kubeconfig"),
		"apply", "--server-side", "-f", progs.share("argo-crds.yaml"), "-f", objects)
	cmd.Env, cmd.Stdout, cmd.Stderr = serverEnvironment(c.dir), &said, &said
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return errors.New("interrupted")
		}
		return fmt.Errorf("kubectl apply: %w\n%s", err, lastLines(said.Bytes(), 20))
	}
	return nil
}
