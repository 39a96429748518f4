using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using MicroChat.Feedback.Sqlite;

namespace MicroChat.Verbs;

/// <summary><c>feedback</c>: what people said about replies. Each part is a verb of its own below it.</summary>
internal static class FeedbackVerb
{
    public static Verb Create(ProgramContext program)
    {
        var verb = new Verb("feedback", "See, export, import and delete what people said about replies.")
        {
            Examples =
            [
                $"{CommandLine.Name} feedback stats  # counts per day, up-rate per model",
                $"{CommandLine.Name} feedback show --rating down --limit 5",
                $"{CommandLine.Name} feedback export runs/feedback-1  # a data set for training",
            ],
        };
        verb.Subcommands.Add(FeedbackStatsVerb.Create(program));
        verb.Subcommands.Add(FeedbackShowVerb.Create(program));
        verb.Subcommands.Add(FeedbackTrustVerb.Create(program));
        verb.Subcommands.Add(FeedbackPlantVerb.Create(program));
        verb.Subcommands.Add(FeedbackExportVerb.Create(program));
        verb.Subcommands.Add(FeedbackImportVerb.Create(program));
        verb.Subcommands.Add(FeedbackForgetVerb.Create(program));
        verb.Subcommands.Add(FeedbackKeyVerb.Create(program));
        return verb;
    }

    /// <summary>The option that names the database.</summary>
    public static Option<string?> Database(string description) => new("--database")
    {
        HelpName = "file",
        Description = $"{description} Default: {SqliteFeedbackOptions.DefaultFileName} in this user's local application data.",
    };

    /// <summary>An option that takes a day or a time.</summary>
    public static Option<DateTimeOffset?> Time(string name, string description) => new(name)
    {
        HelpName = "time",
        Description = description + " A day (2026-11-21) or a time (2026-11-21T18:00Z); without a zone: UTC.",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time))
            {
                return time;
            }
            result.AddError($"{name} is \"{text}\"; it must be a day such as 2026-11-21 or a time such as 2026-11-21T18:00Z.");
            return null;
        },
    };

    /// <summary>Opens the store that a command line names, which must be there, and closes it afterwards.</summary>
    public static async Task<int> WithStoreAsync(ProgramContext program, string? database, Func<SqliteFeedbackStore, Task> work)
    {
        await using SqliteFeedbackStore store = FeedbackDatabase.OpenExisting(program, FeedbackDatabase.PathOf(program, database));
        await work(store);
        return ExitCode.Ok;
    }
}
