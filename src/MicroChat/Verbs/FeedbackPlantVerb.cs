using System.CommandLine;
using MicroChat.Feedback;
using MicroChat.Training.Data;

namespace MicroChat.Verbs;

/// <summary><c>feedback plant</c>: controls, by which raters are measured.</summary>
internal static class FeedbackPlantVerb
{
    public static Verb Create(ProgramContext program)
    {
        Option<string?> database = FeedbackVerb.Database("Where they go.");
        var file = new Argument<string>("file") { Description = "JSONL of prompt, chosen and rejected: one prompt with two replies of yours a line, the first better beyond doubt." };
        var place = new Option<string>("--place")
        {
            HelpName = "platform[:server]", Description = "Where they are shown: web, or a server as in discord:1234. Raters are judged per place.", DefaultValueFactory = _ => Platforms.Web,
        };
        var verb = new Verb("plant", "Plant controls: comparisons whose better reply you know. They are shown like any other, measure who answers them, and never train.")
        {
            Examples = [$"{CommandLine.Name} feedback plant controls.jsonl", $"{CommandLine.Name} feedback plant controls.jsonl --place discord:1234"],
        };
        verb.Arguments.Add(file);
        verb.Options.Add(place);
        verb.Options.Add(database);
        verb.SetAction((parsed, cancel) => FeedbackVerb.WithStoreAsync(program, parsed.GetValue(database), async store =>
        {
            PreferencePair[] pairs = Read(parsed.GetValue(file)!);
            string[] where = parsed.GetValue(place)!.Split(':', 2);
            var at = new Place(where[0], where.Length > 1 ? where[1] : "", "", "");
            Pseudonym planter = store.PseudonymOf(Platforms.Terminal, Platforms.TerminalUser);
            var order = new Random(unchecked((int)program.NewSeed()));
            foreach (PreferencePair pair in pairs)
            {
                await store.PlantControlAsync(new NewControl(at, planter, pair.Prompt[0].Content, pair.Chosen, pair.Rejected), order, cancel);
            }
            program.Terminal.Output.WriteLine($"Planted {pairs.Length} controls at {parsed.GetValue(place)}; `feedback trust` shows how they are answered.");
        }));
        return verb;
    }

    /// <summary>All of the file, or nothing: a control that cannot be shown as it stands is refused before any is planted.</summary>
    private static PreferencePair[] Read(string path)
    {
        try
        {
            PreferencePair[] pairs = [.. Datasets.Preferences(path, new DatasetOptions { BadRows = BadRows.Stop }, new RowReport())];
            return Array.FindIndex(pairs, pair => pair.Prompt.Count != 1) is >= 0 and var odd
                ? throw CommandException.Failure($"{path}: pair {odd + 1} has a prompt of {pairs[odd].Prompt.Count} turns; a control is one message and two replies. Nothing was planted.")
                : pairs;
        }
        catch (DatasetException e)
        {
            throw CommandException.Failure($"{e.Message} Nothing was planted.");
        }
    }
}
