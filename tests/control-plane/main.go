// Command control-plane is every component of a Kubernetes cluster in one
// program, so that Plimsoll can be tested against a real API server on a
// machine that can reach a Go module proxy and nothing else.
//
// It is the component it is called as: link it as kube-apiserver, etcd and so
// on, or name the component first (control-plane kube-apiserver --help).
package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	_ "time/tzdata" // time zones of CronJobs, where the machine has none

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"          // --logging-format=json
	_ "k8s.io/component-base/metrics/prometheus/clientgo" // client metrics
	_ "k8s.io/component-base/metrics/prometheus/version"  // version metric
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

// components maps a name the program can be called by to what then runs.
var components = map[string]func(){
	"etcd":                    func() { etcdmain.Main(os.Args) },
	"kube-apiserver":          daemon(apiserver.NewAPIServerCommand),
	"kube-controller-manager": daemon(controllermanager.NewControllerManagerCommand),
	"kube-proxy":              daemon(proxy.NewProxyCommand),
	"kube-scheduler":          daemon(func() *cobra.Command { return scheduler.NewSchedulerCommand() }),
	"kubectl":                 runKubectl,
	"kubelet":                 daemon(kubeletCommand),
}

func main() {
	run, found := components[filepath.Base(os.Args[0])]
	if !found && len(os.Args) > 1 {
		run, found = components[os.Args[1]]
		os.Args = os.Args[1:]
	}
	if !found {
		names := slices.Sorted(maps.Keys(components))
		fmt.Fprintf(os.Stderr, "control-plane: name a component: %s\n", strings.Join(names, ", "))
		os.Exit(2)
	}
	run()
}

// daemon runs a command the way its own main function in Kubernetes does.
func daemon(build func() *cobra.Command) func() {
	return func() { os.Exit(cli.Run(build())) }
}

// kubeletCommand allows for what differs between the versions this is built of:
// the older ones take no context.
func kubeletCommand() *cobra.Command {
	switch build := any(kubelet.NewKubeletCommand).(type) {
	case func() *cobra.Command:
		return build()
	case func(context.Context) *cobra.Command:
		return build(context.Background())
	default:
		panic(fmt.Sprintf("kubelet.NewKubeletCommand is a %T", build))
	}
}

func runKubectl() {
	if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
		kubectlutil.CheckErr(err)
	}
}
