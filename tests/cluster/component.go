package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// component is one server of the control plane.
type component struct {
	name  string
	flags func(c *cluster) []string
	ready func(ctx context.Context, c *cluster) error
	aside bool // `up` leaves it out, `start` adds it
}

// witness is a second API server on the same etcd. Without a cache for watches
// it has the history of all that etcd has not compacted, whatever happens to
// the first one.
const witness = "witness"

// components are in the order they start in.
var components = []component{
	{name: "etcd", flags: etcdFlags, ready: func(ctx context.Context, c *cluster) error {
		return c.probe(ctx, "https", c.state.Ports.Etcd, "/health")
	}},
	{name: "kube-apiserver", flags: apiServerFlags, ready: func(ctx context.Context, c *cluster) error {
		return c.probe(ctx, "https", c.state.Ports.APIServer, "/readyz")
	}},
	{name: "kube-controller-manager", flags: controllerManagerFlags, ready: func(ctx context.Context, c *cluster) error {
		return c.probe(ctx, "https", c.state.Ports.ControllerManager, "/healthz")
	}},
	{name: "kube-scheduler", flags: schedulerFlags, ready: func(ctx context.Context, c *cluster) error {
		return c.probe(ctx, "https", c.state.Ports.Scheduler, "/readyz")
	}},
	{name: "kwok", flags: kwokFlags, ready: func(ctx context.Context, c *cluster) error {
		return c.probe(ctx, "http", c.state.Ports.Kwok, "/healthz")
	}},
	{name: "rollouts-controller", flags: rolloutsFlags, ready: rolloutsReady},
	{name: witness, flags: witnessFlags, aside: true, ready: func(ctx context.Context, c *cluster) error {
		return c.probe(ctx, "https", c.state.Ports.Witness, "/readyz")
	}},
}

func findComponent(name string) *component {
	for i := range components {
		if components[i].name == name {
			return &components[i]
		}
	}
	return nil
}

func componentNames() string {
	var names []string
	for _, comp := range components {
		names = append(names, comp.name)
	}
	return strings.Join(names, ", ")
}

func etcdFlags(c *cluster) []string {
	client, peer := "https://"+loopback(c.state.Ports.Etcd), "https://"+loopback(c.state.Ports.EtcdPeer)
	return []string{
		"--name=llc",
		"--data-dir=" + c.file("etcd"),
		"--listen-client-urls=" + client, "--advertise-client-urls=" + client,
		"--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer,
		"--initial-cluster=llc=" + peer,
		"--cert-file=" + c.key("server.crt"), "--key-file=" + c.key("server.key"),
		"--trusted-ca-file=" + c.key("ca.crt"), "--client-cert-auth",
		"--peer-cert-file=" + c.key("server.crt"), "--peer-key-file=" + c.key("server.key"),
		"--peer-trusted-ca-file=" + c.key("ca.crt"), "--peer-client-cert-auth",
		"--unsafe-no-fsync", // outlives a killed process, not a power cut
		"--log-level=warn",
	}
}

func apiServerFlags(c *cluster) []string {
	return append(anyAPIServerFlags(c, c.state.Ports.APIServer),
		"--audit-policy-file="+c.file("audit-policy.yaml"),
		"--audit-log-path="+c.file("audit.log"),
		"--audit-log-mode=blocking",   // a line is there when the request is over
		"--audit-log-maxsize=1000000", // MB: one file, never rotated
	)
}

func witnessFlags(c *cluster) []string {
	return append(anyAPIServerFlags(c, c.state.Ports.Witness), "--watch-cache=false")
}

func anyAPIServerFlags(c *cluster, port int) []string {
	flags := []string{
		"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
		"--secure-port=" + strconv.Itoa(port),
		"--tls-cert-file=" + c.key("server.crt"), "--tls-private-key-file=" + c.key("server.key"),
		"--client-ca-file=" + c.key("ca.crt"),
		"--etcd-servers=https://" + loopback(c.state.Ports.Etcd),
		"--etcd-cafile=" + c.key("ca.crt"),
		"--etcd-certfile=" + c.key("kube-apiserver.crt"), "--etcd-keyfile=" + c.key("kube-apiserver.key"),
		"--authorization-mode=RBAC",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + c.key("service-account.key"),
		"--service-account-signing-key-file=" + c.key("service-account.key"),
		"--service-cluster-ip-range=10.96.0.0/16",
		"--endpoint-reconciler-type=none", // it refuses a loopback address
	}
	if c.state.Gates != "" {
		flags = append(flags, "--feature-gates="+c.state.Gates)
	}
	return flags
}

func controllerManagerFlags(c *cluster) []string {
	return []string{
		"--bind-address=127.0.0.1",
		"--secure-port=" + strconv.Itoa(c.state.Ports.ControllerManager),
		"--tls-cert-file=" + c.key("server.crt"), "--tls-private-key-file=" + c.key("server.key"),
		"--kubeconfig=" + c.key("kube-controller-manager.kubeconfig"),
		"--root-ca-file=" + c.key("ca.crt"),
		"--service-account-private-key-file=" + c.key("service-account.key"),
		"--use-service-account-credentials",
		"--controllers=*,-nodeipam,-cloud-node-lifecycle",
		"--leader-elect=false",
		// kwok makes a pod ready once: what a late heartbeat makes unready stays so.
		"--node-monitor-grace-period=10m",
		"--kube-api-qps=200", "--kube-api-burst=400", // hundreds of pods in seconds
	}
}

func schedulerFlags(c *cluster) []string {
	return []string{
		"--bind-address=127.0.0.1",
		"--secure-port=" + strconv.Itoa(c.state.Ports.Scheduler),
		"--tls-cert-file=" + c.key("server.crt"), "--tls-private-key-file=" + c.key("server.key"),
		"--kubeconfig=" + c.key("kube-scheduler.kubeconfig"),
		"--leader-elect=false",
	}
}

func kwokFlags(c *cluster) []string {
	return []string{
		"--kubeconfig=" + c.key("kwok.kubeconfig"),
		"--config=" + c.file("kwok-stages.yaml"),
		"--server-address=" + loopback(c.state.Ports.Kwok),
		"--manage-all-nodes",
		"--cidr=10.244.0.0/16", "--node-ip=127.0.0.1",
		"--node-lease-duration-seconds=40",
	}
}

// rolloutsFlags turn off the two ports of Argo Rollouts: it would open them
// on every address, and its /healthz answers before anything is synced. A
// port that can't be opened is only a line in its log.
func rolloutsFlags(c *cluster) []string {
	return []string{
		"--kubeconfig=" + c.key("rollouts-controller.kubeconfig"),
		"--namespace=" + argoNamespace,
		"--metricsPort=-1", "--healthzPort=-1",
		"--leader-elect=false",
	}
}

// rolloutsReady waits for the line Argo Rollouts logs once its caches are
// synced and its workers run.
func rolloutsReady(_ context.Context, c *cluster) error {
	const name, line = "rollouts-controller", "Started controller"
	log, err := os.Open(c.logFile(name))
	if err != nil {
		return err
	}
	defer log.Close()
	text := make([]byte, 64<<10) // start-up is a few KB
	n, err := log.ReadAt(text, c.state.Processes[name].LogOffset)
	if strings.Contains(string(text[:n]), line) {
		return nil
	}
	return fmt.Errorf("%q is not in its log (%v)", line, err)
}

func (c *cluster) file(name string) string    { return filepath.Join(c.dir, name) }
func (c *cluster) key(name string) string     { return filepath.Join(c.dir, "pki", name) }
func (c *cluster) logFile(name string) string { return filepath.Join(c.dir, "logs", name+".log") }
