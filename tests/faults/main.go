// Command faults runs the fault campaign: every scenario of a canary's life,
// with every fault at every place, on a real API server.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"llc.test/e2e/harness"
	"llc.test/faults/campaign"
	"llc.test/faults/proxy"
	"llc.test/faults/scenario"
	"llc.test/faults/storm"
)

// calmLong is how long nothing may be written once a scenario has ended.
const (
	calmLong  = 60 * time.Second
	calmQuick = 5 * time.Second
)

type options struct {
	quick  bool
	list   bool
	plan   string
	family string
	bug    string
	storm  string
	storms storm.Options
}

func main() {
	var opt options
	flag.BoolVar(&opt.quick, "quick", false, "a part of every family, within five minutes")
	flag.BoolVar(&opt.list, "list", false, "learn, print the plans, and run none")
	listFaults := flag.Bool("list-faults", false, "say what a fault may be")
	flag.StringVar(&opt.plan, "plan", "", "run one `PLAN`: SCENARIO/FAULTS, as a failure prints it")
	flag.StringVar(&opt.family, "family", "", "only these `FAMILIES`, as in F-CR1,F-UN1")
	flag.StringVar(&opt.bug, "bug", "", "find the planted bug of that `NAME`, or \"all\" of them, in out/bugs")
	flag.StringVar(&opt.storm, "storm", "", "have the storm of that `NAME`: "+storm.Names())
	flag.IntVar(&opt.storms.Times, "times", 0, "how often a storm strikes (default its own number)")
	flag.Uint64Var(&opt.storms.Seed, "seed", 0, "of what is random in a storm (default from the clock)")
	flag.DurationVar(&opt.storms.Still, "still", calmLong, "how long nothing may be written after a storm")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "faults: unexpected argument %q\n", flag.Arg(0))
		os.Exit(2)
	}
	if *listFaults {
		proxy.WriteHelp(os.Stdout)
		return
	}
	ok, err := run(opt)
	if err != nil {
		fmt.Fprintf(os.Stderr, "faults: %v\n", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

func run(opt options) (ok bool, err error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		return false, err
	}
	if _, err := os.Stat(harness.ControllerBinary(root)); err != nil {
		return false, fmt.Errorf("%w: run `./dev build`, or set LLC_CONTROLLER", err)
	}
	if opt.storm != "" {
		opt.storms.Root = root
		opt.storms.Say = func(format string, args ...any) { fmt.Printf(format+"\n", args...) }
		err := storm.Run(ctx, opt.storm, opt.storms)
		return err == nil, err
	}
	cluster, err := harness.UpCluster("faults", root)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, cluster.Down()) }()
	// The scenarios lead the Rollouts themselves.
	if err := errors.Join(cluster.Control("stop", "rollouts-controller"), cluster.Install(ctx)); err != nil {
		return false, err
	}
	c := campaign.New(ctx, cluster, func(line string) { fmt.Println(line) })
	defer c.Close()
	switch {
	case slices.Contains(campaign.KindPlans(), opt.plan):
		return runKinds(ctx, c, opt.plan)
	case opt.plan != "":
		return runPlan(ctx, c, opt.plan)
	case opt.bug != "":
		return findBugs(ctx, c, root, opt.bug)
	}
	return runFamilies(ctx, c, opt)
}

// runPlan learns the plan's scenario and runs the plan.
func runPlan(ctx context.Context, c *campaign.Campaign, text string) (bool, error) {
	plan, err := campaign.ParsePlan(text)
	if err != nil {
		return false, err
	}
	scene, err := scenario.Find(plan.Scenario)
	if err != nil {
		return false, err
	}
	learned, err := c.Learn(ctx, []scenario.Scenario{scene}, calmQuick)
	if err != nil {
		return false, err
	}
	return runPlans(ctx, c, learned, []campaign.Plan{plan})
}

func runFamilies(ctx context.Context, c *campaign.Campaign, opt options) (bool, error) {
	families, err := campaign.Families(opt.family)
	if err != nil {
		return false, err
	}
	calm := calmLong
	if opt.quick {
		calm = calmQuick
	}
	learned, err := c.Learn(ctx, scenario.All, calm)
	if err != nil {
		return false, err
	}
	plans := c.Plans(families, opt.quick)
	if opt.list {
		for _, plan := range plans {
			fmt.Println(campaign.FamilyOf(plan).ID, plan)
		}
		return learned.Failures == 0, nil
	}
	ok, err := runPlans(ctx, c, learned, plans)
	if err == nil && slices.Contains(families, campaign.AbsentKinds) && !opt.quick {
		kinds, err := runKinds(ctx, c, "")
		return ok && kinds, err
	}
	return ok, err
}

// runKinds is by itself: a CRD is there for the whole cluster.
func runKinds(ctx context.Context, c *campaign.Campaign, name string) (bool, error) {
	table, err := c.RunKinds(ctx, name)
	campaign.WriteTable(os.Stdout, []*campaign.Table{table})
	return table.Failures == 0, err
}

// runPlans and print what came of them.
func runPlans(ctx context.Context, c *campaign.Campaign, learned *campaign.Table, plans []campaign.Plan) (bool, error) {
	began := time.Now()
	tables, err := c.Run(ctx, plans)
	tables = append([]*campaign.Table{learned}, tables...)
	campaign.WriteTable(os.Stdout, tables)
	failures := 0
	for _, table := range tables {
		failures += table.Failures
	}
	fmt.Printf("%d plans in %s, %d failures\n", len(plans), time.Since(began).Round(time.Second), failures)
	return failures == 0, errors.Join(err, ctx.Err())
}

// findBugs wants each planted bug found.
func findBugs(ctx context.Context, c *campaign.Campaign, root, name string) (bool, error) {
	bugs, err := campaign.Bugs(root, name)
	if err != nil {
		return false, err
	}
	var table strings.Builder
	found := 0
	for _, bug := range bugs {
		run, tried, err := c.Find(ctx, bug)
		switch {
		case err != nil || ctx.Err() != nil:
			return false, errors.Join(err, ctx.Err())
		case run == nil:
			fmt.Fprintf(&table, "%-28s NOT FOUND by %d plans\n", bug.Name, tried)
		default:
			found++
			fmt.Fprintf(&table, "%-28s found by plan %d: %s\n", bug.Name, tried, run.Plan)
		}
	}
	fmt.Printf("%s%d of %d planted bugs found\n", &table, found, len(bugs))
	return found == len(bugs), nil
}
