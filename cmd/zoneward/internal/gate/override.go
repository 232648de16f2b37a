package gate

import (
	"context"
	"fmt"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
)

// OverrideLabel is the label of a pull request by which somebody says that what is planned now is applied, whatever was reviewed.
const OverrideLabel = "zoneward-override"

// Overridden returns who has put OverrideLabel on a pull request, if that is somebody who may write to the repository. Otherwise who is empty, and why says why.
func (g *Gate) Overridden(ctx context.Context, number int64) (who, why string, err error) {
	labels, err := g.Host.Labels(ctx, number)
	if err != nil {
		return "", "", err
	}
	for _, label := range labels {
		if label.Name != OverrideLabel {
			continue
		}
		if label.By == "" {
			return "", fmt.Sprintf("the forge does not say who gave it the label %s", OverrideLabel), nil
		}
		access, err := g.Host.Access(ctx, label.By)
		if err != nil {
			return "", "", err
		}
		if access < pulls.AccessWrite {
			return "", fmt.Sprintf("%q gave it the label %s, and may not write to the repository", label.By, OverrideLabel), nil
		}
		return label.By, "", nil
	}
	return "", fmt.Sprintf("it does not have the label %s", OverrideLabel), nil
}
