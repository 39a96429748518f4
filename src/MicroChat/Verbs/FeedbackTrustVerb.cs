using System.CommandLine;
using System.Globalization;
using MicroChat.Feedback;
using MicroChat.Feedback.Trust;

namespace MicroChat.Verbs;

/// <summary><c>feedback trust</c>: whose votes count how much, and why.</summary>
internal static class FeedbackTrustVerb
{
    public static Verb Create(ProgramContext program)
    {
        Option<string?> database = FeedbackVerb.Database("The feedback whose raters are judged.");
        var json = new Option<bool>("--json") { Description = "Print the report as JSON, as a snapshot's trust.json has it." };
        var all = new Option<bool>("--all") { Description = "Show everybody, not only those of whom something is left out or counts less." };
        Option<TrainingContent?> discord = FeedbackExportVerb.DiscordContent();
        var verb = new Verb("trust", "Show whose votes count how much, and why. The rules are the options of section Training.")
        {
            Examples = [$"{CommandLine.Name} feedback trust", $"{CommandLine.Name} feedback trust --all --json"],
        };
        foreach (Option option in (Option[])[database, discord, all, json])
        {
            verb.Options.Add(option);
        }
        verb.SetAction((parsed, cancel) => FeedbackVerb.WithStoreAsync(program, parsed.GetValue(database), async store =>
        {
            TrustReport report = await store.JudgeRatersAsync(FeedbackExportVerb.Options(program, parsed.GetValue(discord)), cancel);
            if (parsed.GetValue(json))
            {
                program.Terminal.Output.WriteLine(report.ToJson());
                return;
            }
            Print(program.Terminal.Output, report, parsed.GetValue(all));
        }));
        return verb;
    }

    private static void Print(TextWriter output, TrustReport report, bool all)
    {
        RaterTrust[] shown = [.. report.Raters.Where(rater => all || rater.State != RaterState.Counted || rater.Counted < rater.Votes || rater.Weight < 1)];
        if (shown.Length > 0)
        {
            output.WriteLine($"{"rater",-34}{"place",-30}{"votes",7}{"counted",9}{"weight",8}  {"agreement (95 %)",-20}{"severity",9}{"slope",14}{"controls",10}  state");
        }
        foreach (RaterTrust rater in shown)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{rater.Rater.Value,-34}{rater.Place,-30}{rater.Votes,7}{rater.Counted,9}{rater.Weight,8:0.00}  {Agreement(rater),-20}{rater.Severity,9:+0.00;-0.00}") +
                string.Create(CultureInfo.InvariantCulture, $"{$"{rater.Slope:0.00} ± {rater.SlopeError:0.00}",14}{Controls(rater),10}  {State(rater)}"));
        }
        output.WriteLine($"{report.Raters.Count} raters, {report.Raters.Sum(rater => rater.Votes)} votes, {report.Raters.Sum(rater => rater.Counted)} counted"
            + (shown.Length < report.Raters.Count ? $"; of {report.Raters.Count - shown.Length} every vote counts in full (--all shows them)." : "."));
        foreach ((string reason, long count) in report.LeftOut)
        {
            output.WriteLine($"{count,8}  left out: {reason}");
        }
        if (report.VotesInTheFuture > 0)
        {
            output.WriteLine($"{report.VotesInTheFuture,8}  votes are dated in the future: a clock was, or is, wrong. They count.");
        }
    }

    private static string Agreement(RaterTrust rater) =>
        rater.Agreement is { } with ? string.Create(CultureInfo.InvariantCulture, $"{with.Share:P0} ({with.Lower:P0}-{with.Upper:P0})") : "nobody to compare";

    private static string Controls(RaterTrust rater) => rater.Controls == 0 ? "none" : $"{rater.ControlsRight}/{rater.Controls}";

    private static string State(RaterTrust rater)
    {
        string state = rater.State switch
        {
            RaterState.Quarantined => string.Create(CultureInfo.InvariantCulture, $"quarantined until {rater.Until:yyyy-MM-dd HH:mm}"),
            RaterState.AtOdds => "at odds",
            RaterState.FailsControls => "fails controls",
            _ => "counted",
        };
        return rater.Why.Length > 0 ? $"{state}: {rater.Why}" : state;
    }
}
