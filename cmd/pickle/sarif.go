package main

import (
	"maps"
	"net/url"
	"path/filepath"
	"slices"

	"github.com/go-pickle/pickle/scan"
	"github.com/owenrumney/go-sarif/v3/pkg/report"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
)

// sarif writes the findings in the Static Analysis Results Interchange Format,
// version 2.1.0.
func (s *scanner) sarif() error {
	run := sarif.NewRunWithInformationURI("pickle", "https://github.com/go-pickle/pickle")
	rules := scan.Rules()
	for _, id := range slices.Sorted(maps.Keys(rules)) {
		run.AddRule(id).WithDescription(rules[id])
	}
	for _, r := range s.reports {
		for _, f := range r.Findings {
			run.AddResult(sarifResult(r, f))
		}
	}
	log := report.NewV210Report()
	log.AddRun(run)
	return log.PrettyWrite(s.out)
}

var sarifLevels = map[scan.Severity]string{scan.Info: "note", scan.Low: "warning", scan.Medium: "warning", scan.High: "error"}

func sarifResult(r *scan.Report, f scan.Finding) *sarif.Result {
	uri := url.URL{Path: filepath.ToSlash(r.Name)}
	place := sarif.NewPhysicalLocation().WithArtifactLocation(sarif.NewSimpleArtifactLocation(uri.String()))
	if f.File == r.Name { // of a part, the offset is one in that
		place.WithRegion(sarif.NewRegion().WithByteOffset(int(f.Offset)).WithByteLength(1))
	}
	location := sarif.NewLocation().WithPhysicalLocation(place).
		AddLogicalLocation(sarif.NewLogicalLocation().WithFullyQualifiedName(f.File))
	text := f.Message
	if f.Reason != "" {
		text += ": " + f.Reason
	}
	bag := sarif.NewPropertyBag().Add("severity", f.Severity.String()).Add("category", f.Category).Add("offset", f.Offset)
	if f.Global != "" {
		bag.Add("global", f.Global)
	}
	return sarif.NewRuleResult(f.Rule).WithLevel(sarifLevels[f.Severity]).
		WithMessage(sarif.NewTextMessage(text)).AddLocation(location).WithProperties(bag)
}
