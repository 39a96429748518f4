using System.CommandLine;
using MicroChat.Feedback;
using MicroChat.Feedback.Sqlite;

namespace MicroChat.Verbs;

/// <summary><c>feedback import</c>: takes in a snapshot, or the terminal's earlier file.</summary>
internal static class FeedbackImportVerb
{
    public static Verb Create(ProgramContext program)
    {
        Option<string?> database = FeedbackVerb.Database("Where it goes; made if it is missing.");
        var path = new Argument<string>("path") { Description = "Folder of a snapshot, or a feedback.jsonl that earlier versions of the terminal chat wrote." };
        var verb = new Verb("import", "Take in a snapshot, or ratings of earlier versions. What is there already, or was deleted here, is skipped.")
        {
            Examples =
            [
                $"{CommandLine.Name} feedback import runs/feedback-1",
                $"{CommandLine.Name} feedback import ~/.local/share/{CommandLine.Name}/feedback.jsonl",
            ],
        };
        verb.Arguments.Add(path);
        verb.Options.Add(database);
        verb.SetAction(async (parsed, cancel) =>
        {
            await using SqliteFeedbackStore store = FeedbackDatabase.Open(program, FeedbackDatabase.PathOf(program, parsed.GetValue(database)));
            ImportReport report = await store.ImportAsync(Path.GetFullPath(parsed.GetValue(path)!), cancel);
            program.Terminal.Output.WriteLine(
                $"New: {report.Exchanges} exchanges, {report.Ratings} ratings, {report.Comparisons} comparisons. Skipped: {report.Skipped} that were here already or had been deleted.");
            return ExitCode.Ok;
        });
        return verb;
    }
}
