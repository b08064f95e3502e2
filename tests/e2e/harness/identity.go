package harness

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	authv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
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

// ThiefAgent is the User-Agent of a test that holds the controller's token:
// what it does is not what the controller does.
const ThiefAgent = "llc-e2e-thief"

// Install applies the shipped manifests.
func (c *Cluster) Install(ctx context.Context) error {
	if _, err := c.Kubectl(ctx, "", "apply", "-k", "config/default"); err != nil {
		return err
	}
	if err := c.AwaitCRD(ctx, "longlivedcanaries.argo-canary.dev"); err != nil {
		return err
	}
	return c.awaitOrphanPolicy(ctx, metav1.NamespaceDefault, true)
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
	token, err := c.controllerToken(ctx)
	if err != nil {
		return "", err
	}
	if at.Server == "" {
		at = Endpoint{Server: c.Admin.Host, CA: c.Admin.CAData}
	}
	config := clientapi.NewConfig()
	config.Clusters[c.Name] = &clientapi.Cluster{Server: at.Server, CertificateAuthorityData: at.CA}
	config.AuthInfos[ControllerAccount] = &clientapi.AuthInfo{Token: token}
	config.Contexts[c.Name] = &clientapi.Context{Cluster: c.Name, AuthInfo: ControllerAccount}
	config.CurrentContext = c.Name
	path := filepath.Join(c.Out, name+".kubeconfig")
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		return "", err
	}
	return path, os.Chmod(path, 0o600)
}

func (c *Cluster) controllerToken(ctx context.Context) (string, error) {
	lifetime := int64(6 * 60 * 60)
	token, err := c.Kube.CoreV1().ServiceAccounts(ControllerNamespace).CreateToken(ctx,
		ControllerAccount, &authv1.TokenRequest{
			Spec: authv1.TokenRequestSpec{ExpirationSeconds: &lifetime},
		}, metav1.CreateOptions{})
	if err != nil {
		return "", fmt.Errorf("token of %s: %w", ControllerUser, err)
	}
	return token.Status.Token, nil
}

// ThiefConfig is how to connect with the controller's token.
func (c *Cluster) ThiefConfig(ctx context.Context) (*rest.Config, error) {
	token, err := c.controllerToken(ctx)
	if err != nil {
		return nil, err
	}
	config := rest.AnonymousClientConfig(c.Admin)
	config.BearerToken, config.UserAgent = token, ThiefAgent
	return config, nil
}

// Thief is a client with the controller's token.
func (c *Cluster) Thief(ctx context.Context) (kubernetes.Interface, error) {
	config, err := c.ThiefConfig(ctx)
	if err != nil {
		return nil, err
	}
	return kubernetes.NewForConfig(config)
}

// As is an administrator's client that acts as another user.
func (c *Cluster) As(user string) (dynamic.Interface, error) {
	config := rest.CopyConfig(c.Admin)
	config.Impersonate.UserName = user
	return dynamic.NewForConfig(config)
}
