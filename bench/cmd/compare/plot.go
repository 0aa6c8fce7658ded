package main

import (
	"errors"
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/go-pickle/pickle/bench"
)

// notDrawn are workloads that measure how memory is copied and mapped; their bars
// would dwarf those of the others, or be dwarfed.
var notDrawn = []string{"big", "numpyl"}

// draw writes the picture: bars for how many times as fast as the newest CPython
// this library is. The path ends in .svg.
func (r *report) draw(path string) error {
	if len(r.pythons) == 0 {
		return errors.New("no CPython to draw a comparison with")
	}
	python := pythonName(r.pythons[len(r.pythons)-1])
	p := plot.New()
	p.Title.Text = "Speed of " + python + "'s C pickler = 1, protocol 4"
	p.Y.Label.Text = "times as fast"
	p.Y.Min = 0
	p.Legend.Top, p.Legend.Left = true, true // the boxes before the text, which can be in a wider font
	p.Legend.XOffs = vg.Points(6)
	const width = 9 // of a bar, in points
	series := []struct {
		op    bench.Op
		name  string
		color color.Color
	}{
		{bench.DecodeTyped, "decode into Go types", color.RGBA{0x1f, 0x77, 0xb4, 0xff}},
		{bench.DecodeAny, "decode into any", color.RGBA{0x9e, 0xca, 0xe1, 0xff}},
		{bench.EncodeTyped, "encode Go types", color.RGBA{0xe6, 0x7e, 0x22, 0xff}},
	}
	var names []string
	for i, s := range series {
		var values plotter.Values
		var workloads []string
		for _, g := range r.groups(s.op, mainProtocol) {
			if theirs, ok := g.find(python); ok && !slices.Contains(notDrawn, g.workload) {
				values = append(values, theirs.ns/g.results[0].ns)
				workloads = append(workloads, g.workload)
			}
		}
		if len(values) == 0 {
			continue
		}
		names = workloads
		bars, err := plotter.NewBarChart(values, vg.Points(width))
		if err != nil {
			return err
		}
		bars.Color = s.color
		bars.LineStyle.Width = 0
		bars.Offset = vg.Points(width * float64(i-1))
		p.Add(bars)
		p.Legend.Add(s.name, bars)
	}
	p.Y.Max *= 1.15 // room for the legend
	one := plotter.NewFunction(func(float64) float64 { return 1 })
	one.Dashes = []vg.Length{vg.Points(4), vg.Points(3)}
	p.Add(one)
	p.NominalX(names...)
	p.X.Min, p.X.Max = -0.7, float64(len(names))-0.3
	p.X.Tick.Label.Rotation = 0.6
	p.X.Tick.Label.XAlign = -0.9
	return p.Save(vg.Points(float64(40*len(names)+60)), vg.Points(280), path)
}
