namespace StreamInference.Replay.Reports;

/// <summary>A series of a bar chart.</summary>
/// <param name="Name">Shown in the legend and in the tooltips.</param>
/// <param name="Class">The style: <c>a</c> or <c>b</c>.</param>
/// <param name="Buckets">The bars.</param>
internal sealed record BarSeries(string Name, string Class, IReadOnlyList<HistogramBucket> Buckets);

/// <summary>Small charts as inline SVG, in the colours of the page.</summary>
internal static class Charts
{
    private const double Width = 640;
    private const double Height = 180;
    private const double Left = 8;
    private const double Bottom = 20;
    private const double Plot = Height - Bottom - 10;

    /// <summary>Histograms over the same buckets, side by side, on a logarithmic scale: of fraud scores nearly all lie in the first bucket.</summary>
    public static HtmlText Histogram(params IReadOnlyList<BarSeries> series)
    {
        HtmlText svg = Open("histogram");
        IReadOnlyList<HistogramBucket> buckets = series[0].Buckets;
        double most = Math.Max(1, series.Max(one => one.Buckets.Count == 0 ? 0 : one.Buckets.Max(bucket => bucket.Count)));
        double slot = (Width - (2 * Left)) / Math.Max(1, buckets.Count);
        double bar = slot * 0.86 / series.Count;
        for (int side = 0; side < series.Count; side++)
        {
            for (int index = 0; index < series[side].Buckets.Count; index++)
            {
                HistogramBucket bucket = series[side].Buckets[index];
                double height = Plot * Math.Log(1 + bucket.Count) / Math.Log(1 + most);
                svg.Add($"<rect class=\"{series[side].Class}\" x=\"{Left + (index * slot) + (side * bar):F2}\" y=\"{Height - Bottom - height:F2}\" width=\"{bar:F2}\" height=\"{height:F2}\"><title>{series[side].Name} {bucket.From:G4} to {bucket.To:G4}: {bucket.Count:N0}</title></rect>");
            }
        }

        svg.Add($"<text x=\"{Width - Left}\" y=\"10\" text-anchor=\"end\">logarithmic, up to {most:N0}</text>");
        if (buckets.Count > 0) Axis(svg, FormattableString.Invariant($"{buckets[0].From:G4}"), FormattableString.Invariant($"{buckets[^1].To:G4}"));
        return Close(svg);
    }

    /// <summary>A rate over time.</summary>
    public static HtmlText Line(IReadOnlyList<ThroughputSample> samples)
    {
        HtmlText svg = Open("throughput over time");
        double end = Math.Max(1e-9, samples.Max(sample => sample.At.TotalSeconds)), most = Math.Max(1, samples.Max(sample => sample.RecordsPerSecond));
        string points = string.Join(' ', samples.Select(sample => FormattableString.Invariant(
            $"{Left + ((Width - (2 * Left)) * sample.At.TotalSeconds / end):F2},{Height - Bottom - (Plot * sample.RecordsPerSecond / most):F2}")));
        svg.Add($"<polyline class=\"a\" points=\"{points}\"/><text x=\"{Left}\" y=\"10\">{most:N0} records/s</text>");
        Axis(svg, "0 s", FormattableString.Invariant($"{end:F1} s"));
        return Close(svg);
    }

    /// <summary>Named amounts as horizontal bars.</summary>
    public static HtmlText Bars(IReadOnlyList<(string Name, double Value, string Shown)> bars)
    {
        const double Row = 22, Names = 190;
        HtmlText svg = new();
        svg.Add($"<svg viewBox=\"0 0 {Width} {bars.Count * Row}\" role=\"img\" aria-label=\"bars\">");
        double most = Math.Max(1e-9, bars.Max(bar => bar.Value));
        for (int index = 0; index < bars.Count; index++)
        {
            (string name, double value, string shown) = bars[index];
            double length = (Width - Names - 90) * value / most, top = index * Row;
            svg.Add($"<text x=\"0\" y=\"{top + 15}\">{name}</text><rect class=\"a\" x=\"{Names}\" y=\"{top + 4}\" width=\"{length:F2}\" height=\"14\"/><text x=\"{Names + length + 6:F2}\" y=\"{top + 15}\">{shown}</text>");
        }

        return Close(svg);
    }

    private static HtmlText Open(string label)
    {
        HtmlText svg = new();
        svg.Add($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{label}\"><line x1=\"{Left}\" y1=\"{Height - Bottom}\" x2=\"{Width - Left}\" y2=\"{Height - Bottom}\"/>");
        return svg;
    }

    private static void Axis(HtmlText svg, string from, string to) =>
        svg.Add($"<text x=\"{Left}\" y=\"{Height - 5}\">{from}</text><text x=\"{Width - Left}\" y=\"{Height - 5}\" text-anchor=\"end\">{to}</text>");

    private static HtmlText Close(HtmlText svg)
    {
        svg.Add($"</svg>");
        return svg;
    }
}
