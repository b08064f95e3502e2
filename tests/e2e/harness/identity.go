package harness

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	authv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientapi "k8s.io/client-go/tools/clientcmd/api"
)

// The controller's identity, as config/rbac ships it.
const (
	ControllerNamespace = "llc-system"
	ControllerAccount   = "llc-controller"
	ControllerUser      = "system:serviceaccount:" + ControllerNamespace + ":" + ControllerAccount
	ControllerRole      = "llc-controller"
)

// Install applies the shipped manifests.
func (c *Cluster) Install(ctx context.Context) error {
	if _, err := c.Kubectl(ctx, "", "apply", "-k", "config/default"); err != nil {
		return err
	}
	return c.AwaitCRD(ctx, "longlivedcanaries.argo-canary.dev")
}

// AwaitCRD waits until a CRD is served. (`kubectl wait` fails on one that is
// too young to have a status.)
func (c *Cluster) AwaitCRD(ctx context.Context, name string) error {
	return Await(ctx, 20*time.Second, "CRD "+name, func() error {
		_, err := c.Kubectl(ctx, "", "wait", "--for=condition=Established", "--timeout=5s", "crd/"+name)
		return err
	})
}

// Endpoint is where and whom to trust when connecting; empty = the cluster's
// own API server.
type Endpoint struct {
	Server string
	CA     []byte
}

// ControllerKubeconfig writes a kubeconfig for the controller's
// ServiceAccount with a fresh token, and returns its path.
func (c *Cluster) ControllerKubeconfig(ctx context.Context, name string, at Endpoint) (string, error) {
	lifetime := int64(6 * 60 * 60)
	token, err := c.Kube.CoreV1().ServiceAccounts(ControllerNamespace).CreateToken(ctx,
		ControllerAccount, &authv1.TokenRequest{
			Spec: authv1.TokenRequestSpec{ExpirationSeconds: &lifetime},
		}, metav1.CreateOptions{})
	if err != nil {
		return "", fmt.Errorf("token of %s: %w", ControllerUser, err)
	}
	if at.Server == "" {
		at = Endpoint{Server: c.Admin.Host, CA: c.Admin.CAData}
	}
	config := clientapi.NewConfig()
	config.Clusters[c.Name] = &clientapi.Cluster{Server: at.Server, CertificateAuthorityData: at.CA}
	config.AuthInfos[ControllerAccount] = &clientapi.AuthInfo{Token: token.Status.Token}
	config.Contexts[c.Name] = &clientapi.Context{Cluster: c.Name, AuthInfo: ControllerAccount}
	config.CurrentContext = c.Name
	path := filepath.Join(c.Out, name+".kubeconfig")
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		return "", err
	}
	return path, os.Chmod(path, 0o600)
}
