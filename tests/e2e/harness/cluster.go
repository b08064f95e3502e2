// Package harness is what the end-to-end tests and the bench stand on: a test
// cluster, a controller process under its own ServiceAccount, and independent
// eyes on both. Nothing here is shared with the controller's code.
package harness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Cluster is a running test cluster and an administrator's clients of it.
type Cluster struct {
	Name     string
	Root     string // of the repository
	Out      string // folder for logs and files of this run
	AuditLog string
	Admin    *rest.Config
	Kube     kubernetes.Interface
	Dynamic  dynamic.Interface

	environ   []string // as `run env` sets it: PATH, KUBECONFIG, …
	keep      bool
	lock      *os.File
	simulator *simulator // nil = a real control plane
}

// UpCluster starts a fresh cluster: llc-sim when LLC_E2E_SIM is set. With
// LLC_E2E_CLUSTER set, the cluster of that name is used as it is, and Down
// leaves it.
func UpCluster(name, root string) (*Cluster, error) {
	if given := os.Getenv("LLC_E2E_CLUSTER"); given != "" {
		c := &Cluster{Name: given, Root: root, Out: filepath.Join(root, "out", name), keep: true}
		return c, c.attach()
	}
	return UpOwnCluster(name, root)
}

// UpOwnCluster starts a fresh cluster in any case. Its name is ours until Down:
// a second run would otherwise begin by taking the cluster of the first down.
func UpOwnCluster(name, root string) (*Cluster, error) {
	c := &Cluster{Name: name, Root: root, Out: filepath.Join(root, "out", name)}
	if err := c.claim(); err != nil {
		return nil, err
	}
	if WantsSimulator() {
		return c, c.upSimulator()
	}
	if err := errors.Join(c.Control("down"), c.Control("up")); err != nil {
		return nil, err
	}
	if err := c.attach(); err != nil {
		return nil, errors.Join(err, c.Down())
	}
	return c, nil
}

// claim locks the folder of the run; the lock ends with this process.
func (c *Cluster) claim() error {
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(c.Out, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		return fmt.Errorf("another run uses cluster %s: %w", c.Name, err)
	}
	c.lock = file
	return nil
}

// attach takes over the environment of a running cluster and connects.
func (c *Cluster) attach() error {
	if err := errors.Join(os.MkdirAll(c.Out, 0o755), c.readEnviron()); err != nil {
		return err
	}
	return c.connect()
}

// Control runs one command of the cluster's driver: "stop", "kwok".
func (c *Cluster) Control(args ...string) error {
	return c.control(os.Stderr, append(args, "--name", c.Name)...)
}

func (c *Cluster) control(stdout interface{ Write([]byte) (int, error) }, args ...string) error {
	cmd := exec.Command(filepath.Join(c.Root, "tests", "cluster", "run"), args...)
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = stdout, &stderr
	if args[0] == "up" { // building may take minutes: show it
		cmd.Stdout, cmd.Stderr = nil, os.Stderr
	}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("cluster %s: %w\n%s", strings.Join(args, " "), err, &stderr)
	}
	return nil
}

// readEnviron takes over what the driver tells a shell to set.
func (c *Cluster) readEnviron() error {
	var script, out bytes.Buffer
	if err := c.control(&script, "env", "--name", c.Name); err != nil {
		return err
	}
	cmd := exec.Command("sh", "-c", script.String()+"exec env -0")
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("evaluate the cluster's environment: %w", err)
	}
	c.environ = strings.Split(strings.TrimRight(out.String(), "\x00"), "\x00")
	c.AuditLog = c.variable("LLC_AUDIT_LOG")
	return nil
}

func (c *Cluster) variable(name string) string {
	for _, v := range c.environ {
		if value, found := strings.CutPrefix(v, name+"="); found {
			return value
		}
	}
	return ""
}

func (c *Cluster) connect() error {
	admin, err := clientcmd.BuildConfigFromFlags("", c.variable("KUBECONFIG"))
	if err != nil {
		return err
	}
	admin.QPS, admin.Burst = -1, -1 // judges don't queue
	admin.UserAgent = "llc-e2e"
	if c.Simulated() {
		admin.ContentType = "application/json" // it reads no pods in protobuf
	}
	c.Admin = admin
	if c.Kube, err = kubernetes.NewForConfig(admin); err != nil {
		return err
	}
	c.Dynamic, err = dynamic.NewForConfig(admin)
	return err
}

// Kubeconfig is the administrator's.
func (c *Cluster) Kubeconfig() string { return c.variable("KUBECONFIG") }

// Witness starts a second API server on the same etcd, unless it runs, and
// returns an administrator's way to it. It stays when the first one is killed,
// and has its history.
func (c *Cluster) Witness() (*rest.Config, error) {
	if err := errors.Join(c.Control("start", "witness"), c.readEnviron()); err != nil {
		return nil, err
	}
	witness := rest.CopyConfig(c.Admin)
	witness.Host = c.variable("LLC_WITNESS")
	return witness, nil
}

// Down stops the cluster; logs and the audit log stay.
func (c *Cluster) Down() error {
	if c.keep {
		return nil
	}
	defer c.lock.Close()
	if c.simulator != nil {
		return c.downSimulator()
	}
	return c.Control("down")
}

// Kubectl runs the kubectl of the cluster and returns its standard output.
// An error carries what it wrote to standard error.
func (c *Cluster) Kubectl(ctx context.Context, stdin string, args ...string) (string, error) {
	kubectl, err := c.lookPath("kubectl")
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, kubectl, args...)
	cmd.Env, cmd.Dir = c.environ, c.Root
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("kubectl %s: %w: %s", strings.Join(args, " "), err,
			strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), nil
}

// lookPath searches the cluster's PATH, not ours.
func (c *Cluster) lookPath(program string) (string, error) {
	for _, dir := range filepath.SplitList(c.variable("PATH")) {
		path := filepath.Join(dir, program)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s: not in the cluster's PATH", program)
}
