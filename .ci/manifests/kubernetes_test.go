package manifests

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

const (
	kubernetesBase    = "examples/kubernetes/base"
	kubernetesOverlay = "examples/kubernetes/overlays/example"
)

// drain is how long a zone that is being written may go on after SIGTERM: docs/daemon.md.
const drain = 5 * time.Minute

func TestKubernetesDeployment(t *testing.T) {
	all := kustomized(t, kubernetesBase)
	deployment := one(t, all.deployments)
	if got := deployment.Spec.Replicas; got == nil || *got != 1 {
		t.Errorf("there is not one replica: two daemons would have one state")
	}
	if got := deployment.Spec.Strategy.Type; got != appsv1.RecreateDeploymentStrategyType {
		t.Errorf("the strategy is %s: two daemons would have one state", got)
	}
	if !selects(t, deployment.Spec.Selector, deployment) {
		t.Error("it does not select its own pods")
	}
	pod := deployment.Spec.Template.Spec
	if got := pod.TerminationGracePeriodSeconds; got == nil || time.Duration(*got)*time.Second <= drain {
		t.Errorf("the grace period is no longer than %s", drain)
	}
	if got := one(t, all.serviceAccounts).Name; pod.ServiceAccountName != got {
		t.Errorf("the service account is %s, want %s", pod.ServiceAccountName, got)
	}
	if got := pod.AutomountServiceAccountToken; got == nil || *got {
		t.Error("the pod has a token for the cluster, of which it asks nothing")
	}
}

func TestKubernetesPodSecurity(t *testing.T) {
	all := kustomized(t, kubernetesBase)
	if got := one(t, all.namespaces).Labels[api.EnforceLevelLabel]; got != string(api.LevelRestricted) {
		t.Errorf("the namespace enforces %q, want %s", got, api.LevelRestricted)
	}
	pod := one(t, all.deployments).Spec.Template
	restricted(t, &pod.ObjectMeta, &pod.Spec)

	container := one(t, pod.Spec.Containers)
	if got := container.SecurityContext.ReadOnlyRootFilesystem; got == nil || !*got {
		t.Error("the root file system is not read-only")
	}
	_, final := stages(t)
	users := imageUser(t, final)
	if context := pod.Spec.SecurityContext; *context.RunAsUser != users[0] || *context.RunAsGroup != users[1] || *context.FSGroup != users[1] {
		t.Errorf("it runs as %d:%d with the group %d, and the image is made for %d", *context.RunAsUser, *context.RunAsGroup, *context.FSGroup, users)
	}
}

func TestKubernetesProbes(t *testing.T) {
	container := one(t, one(t, kustomized(t, kubernetesBase).deployments).Spec.Template.Spec.Containers)
	port := one(t, container.Ports)
	if port.ContainerPort != 8053 {
		t.Errorf("the port is %d, want 8053", port.ContainerPort)
	}
	for name, test := range map[string]struct {
		probe *corev1.Probe
		path  string
	}{
		"startup":   {container.StartupProbe, "/healthz"},
		"liveness":  {container.LivenessProbe, "/healthz"},
		"readiness": {container.ReadinessProbe, "/readyz"},
	} {
		if test.probe == nil || test.probe.HTTPGet == nil || test.probe.HTTPGet.Path != test.path || test.probe.HTTPGet.Port.String() != port.Name {
			t.Errorf("%s: got %+v, want %s at the port %s", name, test.probe, test.path, port.Name)
		}
	}
}

func TestKubernetesMemory(t *testing.T) {
	container := one(t, one(t, kustomized(t, kubernetesBase).deployments).Spec.Template.Spec.Containers)
	limit := container.Resources.Limits.Memory()
	for _, env := range container.Env {
		if env.Name != "GOMEMLIMIT" {
			continue
		}
		soft := resource.MustParse(strings.TrimSuffix(env.Value, "B")) // Go's MiB is Kubernetes' Mi
		if limit.IsZero() || soft.Cmp(*limit) >= 0 || 10*soft.Value() < 8*limit.Value() {
			t.Errorf("GOMEMLIMIT is %s, want from 80 %% of the limit, %s, to less than that", env.Value, limit)
		}
		return
	}
	t.Error("Go is not told of the limit: there is no GOMEMLIMIT")
}

// TestKubernetesVolumes checks that all that is mounted is there, that only the state and temporary files can be written, and that the
// configuration and the secrets are where the program looks for them.
func TestKubernetesVolumes(t *testing.T) {
	all := kustomized(t, kubernetesBase)
	pod := one(t, all.deployments).Spec.Template.Spec
	container := one(t, pod.Containers)
	volumes := map[string]corev1.VolumeSource{}
	for _, v := range pod.Volumes {
		volumes[v.Name] = v.VolumeSource
	}
	mounts, writable := map[string]corev1.VolumeSource{}, []string{}
	for _, m := range container.VolumeMounts {
		source, found := volumes[m.Name]
		if !found {
			t.Errorf("%s: there is no volume %s", m.MountPath, m.Name)
		}
		if mounts[m.MountPath] = source; !m.ReadOnly {
			writable = append(writable, m.MountPath)
		}
	}
	slices.Sort(writable)
	if want := []string{"/tmp", "/var/lib/zoneward"}; !slices.Equal(writable, want) {
		t.Errorf("writable: got %s, want %s", writable, want)
	}
	if got := mounts["/var/lib/zoneward"].PersistentVolumeClaim; got == nil || got.ClaimName != one(t, all.claims).Name {
		t.Errorf("the state is on %+v", got)
	}
	if got := mounts["/tmp"].EmptyDir; got == nil || got.SizeLimit == nil {
		t.Errorf("/tmp is %+v, want an emptyDir that has a limit", got)
	}
	config := one(t, all.configMaps)
	if got := mounts["/etc/zoneward"].ConfigMap; got == nil || got.Name != config.Name {
		t.Errorf("the configuration is in %+v, want %s", got, config.Name)
	}
	if got := slices.Collect(maps.Keys(config.Data)); !slices.Equal(got, []string{"zoneward.yaml"}) {
		t.Errorf("the configuration has the files %s", got)
	}
	if !slices.Contains(container.Args, "--config=/etc/zoneward/zoneward.yaml") {
		t.Errorf("the arguments are %s", container.Args)
	}
	for _, source := range mounts["/run/secrets/zoneward"].Projected.Sources {
		for _, item := range source.Secret.Items {
			if name := "${file:/run/secrets/zoneward/" + item.Path + "}"; !strings.Contains(config.Data["zoneward.yaml"], name) {
				t.Errorf("the configuration does not have %s", name)
			}
		}
	}
}

func TestKubernetesNetwork(t *testing.T) {
	all := kustomized(t, kubernetesBase)
	deployment := one(t, all.deployments)
	rules := one(t, all.policies).Spec
	if !selects(t, &rules.PodSelector, deployment) {
		t.Error("the policy is not for the deployment")
	}
	if want := []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress}; !slices.Equal(rules.PolicyTypes, want) {
		t.Errorf("the policy is of the types %s, want %s", rules.PolicyTypes, want)
	}
	if len(rules.Ingress) > 0 {
		t.Errorf("without components nobody is let in; got %+v", rules.Ingress)
	}
	for _, rule := range rules.Egress {
		if len(rule.Ports) == 0 {
			t.Error("a rule lets the daemon ask at any port")
		}
	}
	service := one(t, all.services).Spec
	for name, value := range service.Selector {
		if deployment.Spec.Template.Labels[name] != value {
			t.Errorf("the service selects %s: %s, which the pod does not have", name, value)
		}
	}
	if port := one(t, service.Ports); service.Type != "" || port.TargetPort.String() != "http" {
		t.Errorf("the service is a %s for the port %s", service.Type, &port.TargetPort)
	}
}

func TestKubernetesComponents(t *testing.T) {
	all := kustomized(t, kubernetesOverlay)
	deployment := one(t, all.deployments)
	if image := one(t, deployment.Spec.Template.Spec.Containers).Image; !strings.HasPrefix(image, "registry.example.com/") || strings.HasSuffix(image, ":latest") {
		t.Errorf("the image is %s", image)
	}
	for _, policy := range all.policies {
		if !selects(t, &policy.Spec.PodSelector, deployment) {
			t.Errorf("the policy %s is not for the deployment", policy.Name)
		}
		for _, rule := range policy.Spec.Ingress {
			if len(rule.From) != 1 || rule.From[0].NamespaceSelector == nil || one(t, rule.Ports).Port.String() != "http" {
				t.Errorf("%s lets in %+v", policy.Name, rule)
			}
		}
	}
	if len(all.policies) != 3 {
		t.Errorf("%d network policies, want the deployment's and one for each component", len(all.policies))
	}

	ingress := one(t, all.ingresses).Spec
	rule := one(t, ingress.Rules)
	path := one(t, rule.HTTP.Paths)
	if path.Path != "/hooks" || *path.PathType != networkingv1.PathTypePrefix {
		t.Errorf("the ingress exposes %s (%s), want what is below /hooks alone", path.Path, *path.PathType)
	}
	if ingress.DefaultBackend != nil {
		t.Error("the ingress exposes everything by its default")
	}
	if tls := one(t, ingress.TLS); tls.SecretName == "" || !slices.Equal(tls.Hosts, []string{rule.Host}) {
		t.Errorf("TLS is for %s, want %s", tls.Hosts, rule.Host)
	}
	if service := one(t, all.services); path.Backend.Service.Name != service.Name || path.Backend.Service.Port.Name != one(t, service.Spec.Ports).Name {
		t.Errorf("the ingress leads to %+v", path.Backend.Service)
	}

	monitor := one(t, all.podMonitors).Spec
	if !selects(t, &monitor.Selector, deployment) {
		t.Error("the pod is not monitored")
	}
	if got := one(t, monitor.PodMetricsEndpoints); got.Port != "http" || got.Path != "/metrics" {
		t.Errorf("%s is read at the port %s", got.Path, got.Port)
	}
}

// TestKubernetesNamespace checks that everything is in one namespace, and named after it.
func TestKubernetesNamespace(t *testing.T) {
	all := kustomized(t, kubernetesOverlay)
	want := one(t, all.namespaces).Name
	for name, got := range map[string]string{
		"deployment": all.deployments[0].Namespace, "claim": all.claims[0].Namespace, "configuration": all.configMaps[0].Namespace,
		"service": all.services[0].Namespace, "ingress": all.ingresses[0].Namespace, "monitor": all.podMonitors[0].Namespace,
	} {
		if got != want {
			t.Errorf("%s: in the namespace %q, want %s", name, got, want)
		}
	}
}

// TestKubernetesGuide reads the objects that the guide shows: a pod that copies the state, and a snapshot of it.
func TestKubernetesGuide(t *testing.T) {
	all := kustomized(t, kubernetesBase)
	claim, namespace := one(t, all.claims).Name, one(t, all.namespaces).Name
	page := readFile(t, "docs/running-kubernetes.md")

	_, rest, _ := strings.Cut(page, "<<'EOF'\n")
	text, _, found := strings.Cut(rest, "EOF\n")
	if !found {
		t.Fatal("the guide shows no pod")
	}
	var pods []corev1.Pod
	add(t, &pods, []byte(text))
	restricted(t, &pods[0].ObjectMeta, &pods[0].Spec)
	if got := one(t, pods[0].Spec.Volumes).PersistentVolumeClaim; got == nil || got.ClaimName != claim || pods[0].Namespace != namespace {
		t.Errorf("the pod copies %+v in %s, want %s in %s", got, pods[0].Namespace, claim, namespace)
	}

	var snapshots []volumeSnapshot
	_, rest, _ = strings.Cut(page, "```yml\napiVersion: snapshot.storage.k8s.io/v1\n")
	text, _, _ = strings.Cut(rest, "```")
	add(t, &snapshots, []byte("apiVersion: snapshot.storage.k8s.io/v1\n"+text))
	if got := snapshots[0]; got.Spec.Source.PersistentVolumeClaimName != claim || got.Namespace != namespace {
		t.Errorf("the snapshot is of %s in %s, want %s in %s", got.Spec.Source.PersistentVolumeClaimName, got.Namespace, claim, namespace)
	}
}

// restricted has the admission controller's own rules look at a pod, at the level that the namespace enforces.
func restricted(t *testing.T, meta *metav1.ObjectMeta, pod *corev1.PodSpec) {
	t.Helper()
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks())
	if err != nil {
		t.Fatal(err)
	}
	results := evaluator.EvaluatePod(api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}, meta, pod)
	if len(results) == 0 {
		t.Fatal("nothing was checked")
	}
	for _, check := range results {
		if !check.Allowed {
			t.Errorf("%s: %s", check.ForbiddenReason, check.ForbiddenDetail)
		}
	}
}
