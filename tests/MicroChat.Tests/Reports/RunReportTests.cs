using System.Text.RegularExpressions;
using System.Xml.Linq;
using MicroChat.Training.Reports;

namespace MicroChat.Tests.Reports;

public sealed partial class RunReportTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 10, 0, 0, TimeSpan.Zero);
    private readonly string _folder = Directory.CreateTempSubdirectory("microchat-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_page_shows_everything_it_was_given()
    {
        string path = Path.Combine(_folder, "report.html");
        RunReport.Write(path, Example(""), Rows(3_000));
        string html = File.ReadAllText(path);
        Assert.Equal([path], Directory.GetFiles(_folder));
        string[] wanted =
        [
            "Pretraining of stories", "microchat pretrain --steps 3000", "stories.txt", "MIT", "2,119,719", new string('a', 64), "learning-rate", "3e-4",
            "tiny-shakespeare", "1.2345", "Once upon a time", "zzz", "a little girl", "runs/stories/step-3000", "57.2 MiB", "best", "1h 02m", "val_loss",
        ];
        Assert.All(wanted, text => Assert.Contains(text, html));
        Assert.Equal(4, Regex.Count(html, "<svg "));
        Assert.DoesNotContain("reward", html);
    }

    [Fact]
    public void A_stopped_run_says_why_and_every_run_says_what_it_began_from()
    {
        RunReportData stopped = Example("") with { BeganFrom = "runs/sft", Parent = Example("") with { Title = "Fine-tuning", Steps = 1_500 }, Stopped = "The divergence is 9 & rising." };
        string html = RunReport.Html(stopped, Rows(3));
        Assert.Contains("<b>Stopped.</b> The divergence is 9 &amp; rising.", html);
        Assert.Contains("from runs/sft (Fine-tuning, 1,500 steps)", html);
        Assert.DoesNotContain("Stopped", RunReport.Html(Example(""), Rows(3)));
        Assert.Contains("from fresh weights", RunReport.Html(Example(""), Rows(3)));
    }

    [Fact]
    public void Nothing_given_can_become_markup_or_fetch_anything()
    {
        const string Attack = "<script src=\"http://x\">'\"&</script>";
        MetricsRow[] rows = [new(1, 1, Start, new Dictionary<string, double> { [Attack] = 1 }), new(2, 1, Start, new Dictionary<string, double> { [Attack] = 2 })];
        string html = RunReport.Html(Example(Attack) with { Charts = [new ReportChart(Attack, [Attack])] }, rows);
        Assert.DoesNotContain("<script", html);
        Assert.DoesNotMatch("(src|href)=[^&]|url\\(|@import", html);
        Assert.Contains("default-src 'none'", html);
        Assert.Contains("&lt;script", html);
    }

    [Fact]
    public void A_scatter_is_also_a_file_of_its_own_with_its_legend()
    {
        MetricsRow[] rows = [.. Enumerable.Range(1, 9).Select(i => new MetricsRow(i, 0, Start, new Dictionary<string, double> { ["d"] = i, ["a & b"] = -i, ["c"] = i % 3 == 0 ? double.NaN : 2 * i }))];
        var scatter = new ReportScatter("Gold <by> distance", "d", ["a & b", "c"]);
        XElement drawing = XElement.Parse(ScatterSvg.File(scatter, rows));
        Assert.Equal("http://www.w3.org/2000/svg", drawing.Name.NamespaceName);
        Assert.Equal(9 + 6 + 2, drawing.Descendants().Count(element => element.Name.LocalName == "circle"));
        Assert.Contains(drawing.Descendants(), element => element.Value == "a & b");
        Assert.Equal("", ScatterSvg.File(scatter with { Up = ["unknown"] }, rows));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(50_000)]
    public void Curves_of_any_length_are_well_formed_and_small(int steps)
    {
        string html = RunReport.Html(Example(""), Rows(steps));
        foreach (Match svg in Svgs().Matches(html))
        {
            XElement drawing = XElement.Parse(svg.Value);
            foreach (XAttribute number in drawing.Descendants().Attributes().Where(a => a.Name.LocalName is "x" or "y" or "cx" or "cy"))
            {
                Assert.InRange(double.Parse(number.Value), 0, 480);
            }
        }
        Assert.InRange(html.Length, 1_000, 400_000);
    }

    [Fact]
    public void Values_that_are_not_finite_are_marked_and_do_not_break_the_curve()
    {
        MetricsRow[] rows = [.. Rows(10)];
        rows[4] = rows[4] with { Values = new Dictionary<string, double> { [Metrics.Loss] = double.NaN } };
        rows[5] = rows[5] with { Values = new Dictionary<string, double> { [Metrics.Loss] = double.PositiveInfinity } };
        string html = RunReport.Html(Example(""), rows);
        Assert.Contains("2 not finite", html);
        Assert.DoesNotContain("NaN", Svgs().Match(html).Value);
    }

    [Fact]
    public void A_single_spike_in_a_long_run_stays_visible()
    {
        MetricsRow[] rows = [.. Rows(10_000)];
        rows[7_777] = rows[7_777] with { Values = new Dictionary<string, double> { [Metrics.GradientNorm] = 900 } };
        Assert.Contains(">1000<", RunReport.Html(Example(""), rows));
    }

    [Fact]
    public void A_run_without_measurements_has_a_page_too() =>
        Assert.DoesNotContain("<svg", RunReport.Html(Example(""), []));

    [Theory]
    [InlineData(0, 10, 6)]
    [InlineData(2.31, 2.34, 4)]
    [InlineData(1e-5, 3e-4, 4)]
    [InlineData(5, 5, 3)]
    [InlineData(0, 0, 3)]
    [InlineData(1e12, 1e12 + 1e-3, 3)]
    [InlineData(-3e38, 3e38, 3)]
    public void An_axis_covers_its_values_with_a_few_round_ticks(double low, double high, int atLeast)
    {
        var axis = new Axis(low, high, wholeNumbers: false);
        Assert.True(axis.Low <= low && axis.High >= high);
        Assert.InRange(axis.Ticks.Count, atLeast, 8);
    }

    [Fact]
    public void Steps_of_a_very_long_run_have_ticks() =>
        Assert.Equal([1e12, 1e12 + 2, 1e12 + 4], new Axis(1e12, 1e12 + 5, wholeNumbers: true).Ticks.Where(t => t < 1e12 + 5 && t % 2 == 0));

    private static RunReportData Example(string extra) => new()
    {
        Title = "Pretraining of stories" + extra,
        Command = "microchat pretrain --steps 3000 --data stories.txt" + extra,
        Started = Start,
        Written = Start.AddSeconds(3_725),
        Options = [new("learning-rate", "3e-4" + extra), new("batch" + extra, "32")],
        Data = [new("stories.txt" + extra, "MIT" + extra, "A. Author" + extra, 3, 2_119_719, new string('a', 64) + extra)],
        Validation = [new("stories" + extra, 100_000, 1.7312, 0.8121), new("tiny-shakespeare", 50_000, 2.9, 1.2345)],
        Samples = [new("Once upon a time" + extra, ", the the zzz qx the" + extra, " there was a little girl named Lily.\nShe loved the sun." + extra)],
        Checkpoints = [new(1_500, "runs/stories/step-1500", 60_000_000, ""), new(3_000, "runs/stories/step-3000" + extra, 60_000_000, "best" + extra)],
    };

    private static IEnumerable<MetricsRow> Rows(int steps)
    {
        var random = new Random(1);
        for (int step = 1; step <= steps; step++)
        {
            var values = new Dictionary<string, double>
            {
                [Metrics.Loss] = 1.6 + 7 * Math.Exp(-step / 150.0) + 0.15 * random.NextDouble(),
                [Metrics.LearningRate] = 3e-4 * Math.Min(1, step / 200.0) * (0.55 + 0.45 * Math.Cos(Math.PI * step / steps)),
                [Metrics.GradientNorm] = 0.4 + Math.Exp(-step / 300.0) + 0.2 * random.NextDouble(),
                [Metrics.TokensPerSecond] = 11_000 + 900 * random.NextDouble(),
            };
            if (step % 250 == 0)
            {
                values[Metrics.ValidationLoss] = 1.75 + 7 * Math.Exp(-step / 150.0);
            }
            yield return new MetricsRow(step, 4_096L * step, Start.AddSeconds(step), values);
        }
    }

    [GeneratedRegex("<svg.*?</svg>", RegexOptions.Singleline)]
    private static partial Regex Svgs();
}
