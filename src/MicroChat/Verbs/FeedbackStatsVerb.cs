using System.CommandLine;
using MicroChat.Feedback;
using MicroChat.Terminal;

namespace MicroChat.Verbs;

/// <summary><c>feedback stats</c>: counts per day and up-rates per model.</summary>
internal static class FeedbackStatsVerb
{
    public static Verb Create(ProgramContext program)
    {
        Option<string?> database = FeedbackVerb.Database("The feedback to count.");
        Option<DateTimeOffset?> from = FeedbackVerb.Time("--from", "Count from here on."), to = FeedbackVerb.Time("--to", "Count up to here.");
        var verb = new Verb("stats", "Show counts per day and the up-rate of each model with its 95 % interval.")
        {
            Examples = [$"{CommandLine.Name} feedback stats", $"{CommandLine.Name} feedback stats --from 2026-11-01"],
        };
        foreach (Option option in (Option[])[database, from, to])
        {
            verb.Options.Add(option);
        }
        verb.SetAction((parsed, cancel) => FeedbackVerb.WithStoreAsync(program, parsed.GetValue(database), async store =>
            Print(program.Terminal.Output, await store.StatisticsAsync(parsed.GetValue(from), parsed.GetValue(to), cancel))));
        return verb;
    }

    private static void Print(TextWriter output, FeedbackStatistics statistics)
    {
        output.WriteLine($"{"day",-12}{"exchanges",10}{"up",8}{"down",8}{"comparisons",13}{"answers",9}");
        foreach (DayCounts day in statistics.Days)
        {
            output.WriteLine($"{day.Day,-12:yyyy-MM-dd}{day.Exchanges,10}{day.Up,8}{day.Down,8}{day.Comparisons,13}{day.Answers,9}");
        }
        output.WriteLine();
        output.WriteLine($"{"exchanges",10}{"up",8}{"down",8}  {"up-rate (95 %)",-20}model");
        foreach (ModelCounts model in statistics.Models)
        {
            string rate = model.UpRate is { } r ? $"{r.Share:P0} ({r.Lower:P0}-{r.Upper:P0})" : "no ratings";
            output.WriteLine($"{model.Exchanges,10}{model.Up,8}{model.Down,8}  {rate,-20}{SafeText.ForTerminal(model.ModelVersion)}");
        }
        output.WriteLine();
        output.WriteLine($"{statistics.Persons} {(statistics.Persons == 1 ? "person" : "persons")} wrote or rated.");
    }
}
