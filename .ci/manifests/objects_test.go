package manifests

import (
	"path/filepath"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// objects are what kustomize makes of a directory.
type objects struct {
	namespaces      []corev1.Namespace
	serviceAccounts []corev1.ServiceAccount
	configMaps      []corev1.ConfigMap
	claims          []corev1.PersistentVolumeClaim
	services        []corev1.Service
	deployments     []appsv1.Deployment
	policies        []networkingv1.NetworkPolicy
	ingresses       []networkingv1.Ingress
	podMonitors     []podMonitor
}

// podMonitor is what is used of the custom resource of the Prometheus operator, monitoring.coreos.com/v1:
// https://prometheus-operator.dev/docs/api-reference/api/
type podMonitor struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		Selector            metav1.LabelSelector `json:"selector"`
		PodMetricsEndpoints []struct {
			Port     string `json:"port"`
			Path     string `json:"path"`
			Interval string `json:"interval"`
		} `json:"podMetricsEndpoints"`
	} `json:"spec"`
}

// volumeSnapshot is what is used of the custom resource snapshot.storage.k8s.io/v1:
// https://kubernetes.io/docs/concepts/storage/volume-snapshots/
type volumeSnapshot struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		Source struct {
			PersistentVolumeClaimName string `json:"persistentVolumeClaimName"`
		} `json:"source"`
	} `json:"spec"`
}

// kustomized builds a directory of the repository, and reads each object strictly: a field that its type does not have is an error.
func kustomized(t *testing.T, dir string) objects {
	t.Helper()
	made, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Join(root, dir))
	if err != nil {
		t.Fatal(err)
	}
	var all objects
	for _, resource := range made.Resources() {
		text, err := resource.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		switch kind := resource.GetGvk().String(); kind {
		case "Namespace.v1.[noGrp]":
			add(t, &all.namespaces, text)
		case "ServiceAccount.v1.[noGrp]":
			add(t, &all.serviceAccounts, text)
		case "ConfigMap.v1.[noGrp]":
			add(t, &all.configMaps, text)
		case "PersistentVolumeClaim.v1.[noGrp]":
			add(t, &all.claims, text)
		case "Service.v1.[noGrp]":
			add(t, &all.services, text)
		case "Deployment.v1.apps":
			add(t, &all.deployments, text)
		case "NetworkPolicy.v1.networking.k8s.io":
			add(t, &all.policies, text)
		case "Ingress.v1.networking.k8s.io":
			add(t, &all.ingresses, text)
		case "PodMonitor.v1.monitoring.coreos.com":
			add(t, &all.podMonitors, text)
		default: // a Secret with its values, a right, or something else that is not to be there
			t.Errorf("%s: an object of the kind %s", dir, kind)
		}
	}
	return all
}

func add[T any](t *testing.T, to *[]T, text []byte) {
	t.Helper()
	var object T
	if err := yaml.UnmarshalStrict(text, &object); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
	*to = append(*to, object)
}

// one returns the only object of its kind.
func one[T any](t *testing.T, all []T) T {
	t.Helper()
	if len(all) != 1 {
		t.Fatalf("%d objects of the type %T, want 1", len(all), all)
	}
	return all[0]
}

// selects reports whether a selector is for the pods of a deployment.
func selects(t *testing.T, selector *metav1.LabelSelector, deployment appsv1.Deployment) bool {
	t.Helper()
	s, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		t.Fatal(err)
	}
	return !s.Empty() && s.Matches(labels.Set(deployment.Spec.Template.Labels))
}
