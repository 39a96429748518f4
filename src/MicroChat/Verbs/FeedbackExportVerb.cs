using System.CommandLine;
using MicroChat.Feedback;
using MicroChat.Options;

namespace MicroChat.Verbs;

/// <summary><c>feedback export</c>: a snapshot for training.</summary>
internal static class FeedbackExportVerb
{
    public static Verb Create(ProgramContext program)
    {
        var defaults = new SnapshotOptions();
        Option<string?> database = FeedbackVerb.Database("The feedback to export.");
        var folder = new Argument<string>("folder") { Description = "Where the snapshot goes; the folder must be new or empty." };
        Option<TrainingContent?> discord = DiscordContent();
        Option<double> persons = Share("--held-out-persons", "Share of persons whose conversations are held out, 0 to 0.5.", defaults.HeldOutPersons);
        Option<double> time = Share("--held-out-time", "Share of the time range, at its end, that is held out, 0 to 0.5.", defaults.HeldOutTime);
        var verb = new Verb("export", "Write what may be trained on as a versioned data set: JSONL files and a manifest. Leaves out whatever lacks consent.")
        {
            Examples = [$"{CommandLine.Name} feedback export runs/feedback-1"],
        };
        verb.Arguments.Add(folder);
        foreach (Option option in (Option[])[database, discord, persons, time])
        {
            verb.Options.Add(option);
        }
        verb.SetAction((parsed, cancel) => FeedbackVerb.WithStoreAsync(program, parsed.GetValue(database), async store =>
        {
            string target = Path.GetFullPath(parsed.GetValue(folder)!);
            Print(program.Terminal.Output, target, await store.ExportSnapshotAsync(target, Options(program, parsed.GetValue(discord)) with
            {
                HeldOutPersons = parsed.GetValue(persons),
                HeldOutTime = parsed.GetValue(time),
            }, cancel));
        }));
        return verb;
    }

    /// <summary>The option that says what of Discord may enter.</summary>
    public static Option<TrainingContent?> DiscordContent() => new("--discord-content")
    {
        HelpName = "arena|consented",
        Description = "What of Discord may enter, in place of Training:DiscordContent. Discord's developer policy forbids training on messages without its permission: consented is your decision.",
    };

    /// <summary>What a snapshot takes by the options of this user, section Training.</summary>
    /// <exception cref="OptionsException">An option is wrong.</exception>
    public static SnapshotOptions Options(ProgramContext program, TrainingContent? discord)
    {
        SnapshotOptions options = OptionsReader.Read(program, null, [], []).Training.Snapshot;
        return options with { DiscordContent = discord ?? options.DiscordContent };
    }

    private static Option<double> Share(string name, string description, double value) =>
        new(name) { HelpName = "x", Description = description, DefaultValueFactory = _ => value };

    private static void Print(TextWriter output, string folder, SnapshotManifest manifest)
    {
        foreach (SnapshotFile file in manifest.Files)
        {
            output.WriteLine($"{file.Rows,8}  {file.Path}");
        }
        foreach ((string basis, long count) in manifest.ConsentBasis)
        {
            output.WriteLine($"{count,8}  exchanges taken: {basis}");
        }
        foreach ((string reason, long count) in manifest.LeftOut)
        {
            output.WriteLine($"{count,8}  left out: {reason}");
        }
        foreach (string note in manifest.Notes)
        {
            output.WriteLine($"          note: {note}");
        }
        output.WriteLine($"{manifest.Deletions.Count,8}  deletions since the last snapshot");
        output.WriteLine($"Snapshot: {folder}");
    }
}
