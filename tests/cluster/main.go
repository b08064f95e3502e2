// Command cluster runs a real Kubernetes control plane with Argo Rollouts on
// one machine: no containers, loopback only, programs built from source.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
)

type options struct {
	name      string
	nodes     int
	gates     string
	kill      bool
	component string
}

type command struct {
	name, args, about string
	run               func(context.Context, layout, options) error
}

func commands() []command {
	return []command{
		{"build", "", "build the programs into the cache", runBuild},
		{"up", "[--name N] [--nodes K] [--feature-gates G]", "start a cluster and wait until it is ready", runUp},
		{"env", "[--name N]", "print shell lines that point kubectl at it", runEnv},
		{"status", "[--name N]", "say which component runs; exit 1 unless all are ready", runStatus},
		{"stop", "COMPONENT [--name N] [--kill]", "stop one component (--kill: SIGKILL at once)", runStop},
		{"start", "COMPONENT [--name N]", "start it again, same flags and ports", runStart},
		{"freeze", "COMPONENT [--name N]", "SIGSTOP: it keeps its connections and answers nothing", runSignal(syscall.SIGSTOP)},
		{"thaw", "COMPONENT [--name N]", "let it go on", runSignal(syscall.SIGCONT)},
		{"compact", "[--name N]", "make etcd forget its history", runCompact},
		{"down", "[--name N]", "stop the cluster; logs and the audit log stay", runDown},
	}
}

var errUsage = errors.New("wrong usage")

func main() {
	closeInheritedOnExec()
	// Caught rather than ignored: an ignored SIGPIPE would be inherited, an
	// uncaught one would leave half a cluster behind `up | head`.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	err := dispatch(ctx, os.Args[1:])
	stop()
	switch {
	case err == nil:
	case errors.Is(err, errUsage):
		if err != errUsage {
			fmt.Fprintf(os.Stderr, "cluster: %v\n", err)
		}
		usage()
		os.Exit(2)
	default:
		fmt.Fprintf(os.Stderr, "cluster: %v\n", err)
		os.Exit(1)
	}
}

func usage() {
	fmt.Fprintln(os.Stderr, "usage: cluster COMMAND [ARGS]")
	for _, c := range commands() {
		fmt.Fprintf(os.Stderr, "  %-7s %-30s %s\n", c.name, c.args, c.about)
	}
}

func dispatch(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errUsage
	}
	for _, c := range commands() {
		if c.name != args[0] {
			continue
		}
		opt, err := parseOptions(args[0], args[1:])
		if err != nil {
			return err
		}
		lay, err := findLayout()
		if err != nil {
			return err
		}
		return c.run(ctx, lay, opt)
	}
	return errUsage
}

var validName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$`)

// parseOptions accepts flags before and after the one positional argument.
func parseOptions(cmd string, args []string) (options, error) {
	opt := options{}
	set := flag.NewFlagSet(cmd, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.StringVar(&opt.name, "name", "default", "name of the cluster")
	if cmd == "up" {
		set.IntVar(&opt.nodes, "nodes", 2, "number of nodes")
		set.StringVar(&opt.gates, "feature-gates", "", "of the API server: A=false,B=true")
	}
	if cmd == "stop" {
		set.BoolVar(&opt.kill, "kill", false, "SIGKILL at once")
	}
	var rest []string
	for len(args) > 0 {
		if err := set.Parse(args); err != nil {
			return opt, fmt.Errorf("%w: %v", errUsage, err)
		}
		if args = set.Args(); len(args) > 0 {
			rest, args = append(rest, args[0]), args[1:]
		}
	}
	wanted := 0
	switch cmd {
	case "stop", "start", "freeze", "thaw":
		wanted = 1
	}
	if len(rest) != wanted {
		return opt, errUsage
	}
	if wanted == 1 {
		opt.component = rest[0]
		if findComponent(opt.component) == nil {
			return opt, fmt.Errorf("no component %q; there are %s", opt.component, componentNames())
		}
	}
	if !validName.MatchString(opt.name) {
		return opt, fmt.Errorf("--name %q: want lower-case letters, digits and dashes, 40 at most", opt.name)
	}
	if opt.nodes < 0 || opt.nodes > 5000 {
		return opt, fmt.Errorf("--nodes %d: want 0 to 5000", opt.nodes)
	}
	return opt, nil
}

// closeInheritedOnExec keeps a caller's pipes and locks out of the servers,
// which outlive it.
func closeInheritedOnExec() {
	fds, _ := filepath.Glob("/proc/self/fd/*")
	for _, path := range fds {
		if fd, err := strconv.Atoi(filepath.Base(path)); err == nil && fd > 2 {
			syscall.CloseOnExec(fd)
		}
	}
}

// say reports progress; results go to stdout, progress does not.
func say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
}
