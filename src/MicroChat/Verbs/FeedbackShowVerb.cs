using System.CommandLine;
using MicroChat.Feedback;
using MicroChat.Terminal;

namespace MicroChat.Verbs;

/// <summary><c>feedback show</c>: exchanges with their ratings.</summary>
internal static class FeedbackShowVerb
{
    private const int DefaultLimit = 10;

    public static Verb Create(ProgramContext program)
    {
        Option<string?> database = FeedbackVerb.Database("The feedback to show.");
        var rating = new Option<string?>("--rating") { HelpName = "up|down|none|any", Description = "Only exchanges with such a current rating." };
        rating.AcceptOnlyFromAmong("up", "down", "none", "any");
        var reason = new Option<RatingReason?>("--reason") { HelpName = "reason", Description = "Only exchanges rated for this reason: wrong, unclear, toolong, rude, unsafe or other." };
        var commented = new Option<bool>("--commented") { Description = "Only exchanges that somebody wrote a comment about." };
        var platform = new Option<string?>("--platform") { HelpName = "name", Description = "Only exchanges on web, api, terminal or discord." };
        var model = new Option<string?>("--model") { HelpName = "name", Description = "Only replies of this model version." };
        var person = new Option<string?>("--person") { HelpName = "pseudonym", Description = "Only exchanges of this person." };
        var text = new Option<string?>("--text") { HelpName = "words", Description = "Only exchanges in whose prompt, reply or comments this occurs." };
        Option<DateTimeOffset?> from = FeedbackVerb.Time("--from", "Only from here on."), to = FeedbackVerb.Time("--to", "Only up to here.");
        var cursor = new Option<string?>("--after") { HelpName = "cursor", Description = "Go on where an earlier list ended; it printed the cursor." };
        var limit = new Option<int>("--limit") { HelpName = "n", Description = "Most exchanges to show, 1 to 500.", DefaultValueFactory = _ => DefaultLimit };
        var verb = new Verb("show", "Show exchanges with their ratings, newest first.")
        {
            Examples =
            [
                $"{CommandLine.Name} feedback show --rating down --commented",
                $"{CommandLine.Name} feedback show --text volcano --from 2026-11-01",
            ],
        };
        foreach (Option option in (Option[])[database, rating, reason, commented, platform, model, person, text, from, to, cursor, limit])
        {
            verb.Options.Add(option);
        }
        verb.SetAction((parsed, cancel) => FeedbackVerb.WithStoreAsync(program, parsed.GetValue(database), async store => Print(program.Terminal.Output,
            await store.FindAsync(new FeedbackQuery
            {
                Rating = parsed.GetValue(rating) switch { "up" => 1, "down" => -1, _ => null },
                IsRated = parsed.GetValue(rating) switch { "any" => true, "none" => false, _ => null },
                Reason = parsed.GetValue(reason),
                HasComment = parsed.GetValue(commented) ? true : null,
                Platform = parsed.GetValue(platform),
                ModelVersion = parsed.GetValue(model),
                Person = parsed.GetValue(person) is { } name ? Pseudonym.Parse(name) : null,
                Text = parsed.GetValue(text),
                From = parsed.GetValue(from),
                To = parsed.GetValue(to),
                Cursor = parsed.GetValue(cursor),
                Limit = parsed.GetValue(limit),
            }, cancel))));
        return verb;
    }

    private static void Print(TextWriter output, Page<RatedExchange> page)
    {
        foreach (RatedExchange row in page.Items)
        {
            ExchangeRecord exchange = row.Exchange;
            output.WriteLine($"{exchange.Time:yyyy-MM-dd HH:mm}  {exchange.Place.Platform}  {Safe(exchange.ModelVersion)}  exchange {exchange.Id}  person {exchange.Person}");
            output.WriteLine($"  > {Safe(exchange.Prompt ?? "(erased)")}");
            output.WriteLine($"    {Safe(exchange.Reply is null ? "(no reply)" : exchange.Reply.Text ?? "(erased)")}");
            foreach (Rating rating in row.Ratings)
            {
                string reason = rating.Reason is { } why ? $" {why}" : "", comment = rating.Comment is { } words ? $" \"{Safe(words)}\"" : "";
                output.WriteLine($"  {(rating.Value > 0 ? "👍" : "👎")}{reason}{comment}  by {(rating.IsByAsker ? "the asker" : rating.Person.Value)}");
            }
            output.WriteLine();
        }
        output.WriteLine(page.Items.Count == 0 ? "Nothing found." : $"{page.Items.Count} shown.");
        if (page.Next is { } next)
        {
            output.WriteLine($"There is more: --after {next}");
        }
    }

    private static string Safe(string text) => SafeText.ForTerminal(text).ReplaceLineEndings("\n    ");
}
